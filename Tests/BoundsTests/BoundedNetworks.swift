import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import TestSupport

/// Small networks with random parameters that between them have every layer that bounds are known for.
enum BoundedNetworks {
    static let imageShape = [2, 6, 6]
    static let classCount = 4

    static let names = [
        "dense", "dense along an axis", "convolution", "groups and dilation", "normalisation",
        "batch normalisation", "residual", "shared parameters", "arithmetic", "product", "parameter arithmetic", "leaky relu", "clip", "sigmoid", "tanh",
        "maximum pool", "overlapping maximum pool", "average pool", "mean", "rearrangements", "identities", "dropout", "final softmax", "gelu", "silu", "softplus", "hard swish", "elu", "selection",
        "softmax", "attention", "layer normalisation", "local response", "powers", "waves", "quotient", "reciprocal", "log-softmax", "bends",
    ]

    static func network(_ name: String, seed: Int = 1) throws -> Network {
        var it = Stack(seed: seed)
        let image = 0
        switch name {
        case "dense":
            let hidden = try it.relu(it.dense(image, 20))
            return try it.finish(it.relu(it.dense(hidden, 12)))
        case "dense along an axis":
            let (weights, bias) = try (it.add([5, 6], -0.6, 0.6), it.add([5], -0.3, 0.3))
            return try it.finish(it.relu(it.append(.dense(weights: weights, bias: bias), it.relu(
                it.convolution(image, 2, .init(stride: 1, padding: 1))))))
        case "convolution":
            let first = try it.relu(it.convolution(image, 4, .init(stride: 2, padding: 1)))
            return try it.finish(it.relu(it.convolution(first, 5, .init(stride: 1, padding: 1))))
        case "groups and dilation":
            let first = try it.relu(it.convolution(image, 4, .init(stride: 1, padding: 1, groups: 2)))
            let dilated = ConvolutionGeometry(dilation: [2, 1], paddingBefore: [1, 0], paddingAfter: [2, 1], groups: 2)
            return try it.finish(it.relu(it.convolution(first, 4, dilated)))
        case "normalisation":
            let (mean, deviation) = try (it.add([2], 0.4, 0.6), it.add([2], 0.2, 0.5))
            let normalised = try it.append(.normalisation(mean: mean, standardDeviation: deviation), image)
            return try it.finish(it.relu(it.convolution(normalised, 4, .init(stride: 2, padding: 1))))
        case "batch normalisation":
            let first = try it.relu(it.batchNormalisation(it.convolution(image, 4, .init(stride: 1, padding: 1)), 4))
            return try it.finish(it.relu(it.batchNormalisation(it.convolution(first, 4, .init(stride: 2, padding: 1)), 4)))
        case "residual":
            let stem = try it.relu(it.convolution(image, 4, .init(stride: 1, padding: 1)))
            let inner = try it.relu(it.convolution(stem, 4, .init(stride: 1, padding: 1)))
            let sum = try it.append(.arithmetic(.add), it.convolution(inner, 4, .init(stride: 1, padding: 1)), stem)
            return try it.finish(it.relu(sum))
        case "shared parameters":
            // One parameter for all four roles of a batch normalisation.
            let values = try it.add([2], 0.5, 1.5)
            let layer = Layer.batchNormalisation(
                .init(scale: values, shift: values, mean: values, variance: values, epsilon: 1e-5))
            return try it.finish(it.relu(it.convolution(it.append(layer, image), 4, .init(stride: 2, padding: 1))))
        case "arithmetic":
            let (a, b) = (try it.relu(it.dense(image, 6)), try it.relu(it.dense(image, 6)))
            let difference = try it.append(.arithmetic(.subtract), a, b)
            let column = try it.append(.reshape(to: [6, 1]), difference)
            let row = try it.append(.reshape(to: [1, 6]), it.append(.arithmetic(.add), a, difference))
            return try it.finish(it.relu(it.append(.arithmetic(.add), column, row)))
        case "product":
            let (a, b) = (try it.relu(it.dense(image, 8)), try it.dense(image, 8))
            return try it.finish(it.append(.arithmetic(.multiply), a, b))
        case "parameter arithmetic":
            var x = try it.dense(image, 8)
            let parameter = try it.add([8], 0.5, 1.5)
            for (operation, side) in [
                (Layer.Arithmetic.add, Layer.Side.left), (.subtract, .right), (.multiply, .left), (.divide, .right),
                (.subtract, .left),
            ] {
                x = try it.append(.arithmeticWithParameter(operation, operand: parameter, side: side), x)
            }
            return try it.finish(it.relu(x))
        case "leaky relu": return try it.finish(it.append(.leakyRelu(slope: 0.2), it.dense(image, 16)))
        case "clip": return try it.finish(it.append(.clip(-0.5...0.75), it.dense(it.append(.clip(0...1), image), 16)))
        case "sigmoid": return try it.finish(it.append(.sigmoid, it.dense(it.append(.sigmoid, it.dense(image, 12)), 12)))
        case "tanh": return try it.finish(it.append(.tanh, it.dense(it.append(.tanh, it.dense(image, 12)), 12)))
        case "gelu", "silu", "softplus", "hard swish", "elu":
            let functions: [String: ElementFunction] = [
                "gelu": .gaussianLinearUnit, "silu": .sigmoidLinearUnit, "softplus": .softPlus, "hard swish": .hardSwish,
                "elu": .exponentialLinearUnit(scale: 1),
            ]
            let layer = Layer.function(functions[name] ?? .softPlus)
            return try it.finish(it.append(layer, it.dense(it.append(layer, it.dense(image, 12)), 12)))
        case "selection":
            let first = try it.relu(it.convolution(image, 3, .init(stride: 1, padding: 1)))
            let mirrored = try it.append(.selection(axis: 2, places: [1, 0, 1, 2, 3, 2, 1]), first)
            return try it.finish(it.relu(it.convolution(it.append(.selection(axis: 0, places: [2, 0]), mirrored), 4, .init(stride: 1, padding: 1))))
        case "softmax":
            let scores = try it.append(.reshape(to: [3, 4]), it.dense(image, 12))
            return try it.finish(it.append(.arithmetic(.add), it.append(.softmax(axis: 0), scores), it.append(.softmax(axis: 1), scores)))
        case "attention":
            // Six tokens of twelve pixels, one head.
            let tokens = try it.append(.reshape(to: [6, 12]), image)
            let parts = try (0..<3).map { _ in
                try it.append(.dense(weights: it.add([5, 12], -0.3, 0.3), bias: it.add([5], -0.1, 0.1)), tokens)
            }
            let scores = try it.append(.matrixProduct, parts[0], it.append(.transpose(permutation: [1, 0]), parts[1]))
            let mixed = try it.append(.matrixProduct, it.append(.softmax(axis: 1), scores), parts[2])
            return try it.finish(it.append(.arithmetic(.add), mixed, it.append(.matrixProduct, scores, parts[2])))
        case "layer normalisation":
            let x = try it.relu(it.append(.reshape(to: [3, 8]), it.dense(image, 24)))
            let (scale, shift) = try (it.add([3, 8], 0.5, 1.5), it.add([3, 8], -0.5, 0.5))
            let scaled = try it.append(.arithmeticWithParameter(.multiply, operand: scale, side: .right), it.normalised(x, axes: [1]))
            return try it.finish(it.append(.arithmeticWithParameter(.add, operand: shift, side: .right), scaled))
        case "local response":
            let x = try it.relu(it.convolution(image, 4, .init(stride: 1, padding: 1)))
            let plane = try it.append(.reshape(to: [1, 4, 36]), it.append(.arithmetic(.multiply), x, x))
            var window = Window(size: [3, 1], strides: [1, 1])
            (window.paddingBefore, window.paddingAfter) = ([1, 0], [1, 0])
            let means = try it.append(.reshape(to: [4, 6, 6]), it.append(.averagePool(window, countsPadding: true), plane))
            let (alpha, bias) = try (it.add([1, 1, 1], 0.1, 0.5), it.add([1, 1, 1], 0.9, 1.1))
            let sum = try it.append(.arithmeticWithParameter(.add, operand: bias, side: .left), it.append(
                .arithmeticWithParameter(.multiply, operand: alpha, side: .left), means))
            return try it.finish(it.append(.arithmetic(.divide), x, it.append(.function(.power(0.75)), sum)))
        case "powers":
            let x = try it.append(.clip(0.25...4), it.dense(image, 8))
            var sum = try it.append(.function(.logarithm), x)
            for function in [ElementFunction.squareRoot, .power(-1.5), .power(3), .sign] {
                sum = try it.append(.arithmetic(.add), sum, it.append(.function(function), x))
            }
            return try it.finish(sum)
        case "waves":
            let x = try it.dense(image, 8)
            return try it.finish(it.append(.arithmetic(.subtract), it.append(.function(.sine), x), it.append(.function(.cosine), x)))
        case "quotient":
            let (a, b) = (try it.dense(image, 8), try it.append(.clip(-3...(-0.5)), it.dense(image, 8)))
            return try it.finish(it.append(.arithmetic(.divide), a, b))
        case "reciprocal":
            let numbers = try it.add([8], -1, 1)
            return try it.finish(it.append(.arithmeticWithParameter(.divide, operand: numbers, side: .left), it.append(
                .clip(0.5...3), it.dense(image, 8))))
        case "log-softmax": return try it.finish(it.append(.logSoftmax(axis: 0), it.dense(image, 6)))
        case "bends":
            let x = try it.append(.leakyRelu(slope: 2), it.append(.leakyRelu(slope: -1), it.dense(image, 12)))
            return try it.finish(it.append(.leakyRelu(slope: -0.5), it.dense(x, 8)))
        case "maximum pool":
            let first = try it.relu(it.convolution(image, 4, .init(stride: 1, padding: 1)))
            return try it.finish(it.dense(it.append(.maximumPool(Window(size: [2, 2], strides: [2, 2])), first), 8))
        case "overlapping maximum pool":
            let first = try it.convolution(image, 3, .init(stride: 1, padding: 1))
            let window = Window(size: [3, 2], strides: [2, 1], dilation: [1, 2], paddingBefore: [1, 0], paddingAfter: [1, 1])
            return try it.finish(it.relu(it.dense(it.append(.maximumPool(window), first), 8)))
        case "average pool":
            let window = Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1])
            let first = try it.relu(it.convolution(image, 4, .init(stride: 1, padding: 1)))
            let pooled = try it.append(.averagePool(window, countsPadding: false), first)
            return try it.finish(it.relu(it.append(.averagePool(window, countsPadding: true), it.convolution(
                pooled, 4, .init(stride: 1, padding: 1)))))
        case "mean":
            let first = try it.relu(it.convolution(image, 6, .init(stride: 1, padding: 1)))
            return try it.finish(it.append(.mean(axes: [1, 2], keepsDimensions: false), first))
        case "rearrangements":
            let a = try it.relu(it.convolution(image, 2, .init(stride: 1, padding: 1)))
            let turned = try it.append(.transpose(permutation: [0, 2, 1]), a)
            let both = try it.append(.concatenation(axis: 0), turned, image)
            let part = try it.append(.slice(start: [1, 0, 1], end: [4, 6, 6], step: [1, 2, 2]), both)
            let padded = try it.append(.padding(before: [0, 1, 0], after: [0, 0, 2], value: 0.5), part)
            return try it.finish(it.relu(it.convolution(padded, 4, .init(stride: 1, padding: 1))))
        case "identities":
            // Layers that change nothing, between values that several others use.
            let x = try it.relu(it.dense(image, 8))
            let same = try it.append(.reshape(to: [8]), x)
            let again = try it.append(.slice(start: [0], end: [8], step: [1]), same)
            let sum = try it.append(.arithmetic(.add), it.append(.arithmetic(.add), x, same), again)
            return try it.finish(it.relu(it.append(.arithmetic(.subtract), sum, it.dense(x, 8))))
        case "dropout":
            // Nothing at inference, of elements and of channels.
            let first = try it.relu(it.convolution(image, 4, .init(stride: 2, padding: 1)))
            let channels = try it.append(.dropout(.init(rate: 0.5, unit: .channel)), first)
            let hidden = try it.append(.dropout(.init(rate: 0.5)), it.relu(it.dense(channels, 12)))
            return try it.finish(it.relu(it.dense(hidden, 8)))
        default:
            return try network("dense", seed: seed).withFinalSoftmax()
        }
    }

    /// Builds a network on an image of `imageShape`.
    private struct Stack {
        private var builder: NetworkBuilder
        private var generator: SeededGenerator
        private var count = 0

        init(seed: Int) {
            // An image of a few pixels is within all limits.
            builder = try! NetworkBuilder(imageShape: BoundedNetworks.imageShape)
            generator = SeededGenerator(seed: seed)
        }

        mutating func add(_ shape: [Int], _ low: Float, _ high: Float) throws -> String {
            count += 1
            let values = (0..<shape.elementCount).map { _ in Float.random(in: low...high, using: &generator) }
            try builder.add(Tensor(shape: shape, values: values), as: "p\(count)")
            return "p\(count)"
        }

        mutating func append(_ layer: Layer, _ inputs: Int...) throws -> Int { try builder.append(layer, to: inputs) }

        mutating func relu(_ x: Int) throws -> Int { try append(.relu, x) }

        mutating func dense(_ x: Int, _ width: Int) throws -> Int {
            let size = builder.shape(of: x).elementCount
            let flat = try append(.reshape(to: [size]), x)
            let bound = 1.5 / Float(size).squareRoot()
            let (weights, bias) = try (add([width, size], -bound, bound), add([width], -0.3, 0.3))
            return try append(.dense(weights: weights, bias: bias), flat)
        }

        mutating func convolution(_ x: Int, _ channels: Int, _ geometry: ConvolutionGeometry) throws -> Int {
            let inputs = builder.shape(of: x)[0] / geometry.groups
            let bound = 1.5 / Float(9 * inputs).squareRoot()
            let (weights, bias) = try (add([channels, inputs, 3, 3], -bound, bound), add([channels], -0.2, 0.2))
            return try append(.convolution(geometry, weights: weights, bias: bias), x)
        }

        mutating func batchNormalisation(_ x: Int, _ channels: Int) throws -> Int {
            let (scale, shift) = try (add([channels], -1.5, 1.5), add([channels], -0.5, 0.5))
            let (mean, variance) = try (add([channels], -0.5, 0.5), add([channels], 0.2, 1.5))
            let layer = Layer.BatchNormalisation(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: 1e-5)
            return try append(.batchNormalisation(layer), x)
        }

        /// (x − mean)/√(variance + .01) over these axes.
        mutating func normalised(_ x: Int, axes: [Int]) throws -> Int {
            let mean = Layer.mean(axes: axes, keepsDimensions: true)
            let centred = try append(.arithmetic(.subtract), x, append(mean, x))
            let variance = try append(mean, append(.arithmetic(.multiply), centred, centred))
            let epsilon = try add(builder.shape(of: variance).map { _ in 1 }, 0.01, 0.01)
            let safe = try append(.arithmeticWithParameter(.add, operand: epsilon, side: .right), variance)
            return try append(.arithmetic(.divide), centred, append(.function(.squareRoot), safe))
        }

        mutating func finish(_ x: Int) throws -> Network {
            let logits = try dense(x, BoundedNetworks.classCount)
            return try builder.network(output: logits)
        }
    }
}
