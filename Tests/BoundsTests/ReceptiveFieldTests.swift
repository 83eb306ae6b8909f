import SuretyBounds
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import TestSupport
import Testing

@Suite struct ReceptiveFieldTests {
    /// Linear bounds through patches are those through whole values, except for rounding: in another order, and without terms that
    /// are 0.
    @Test(arguments: Convolutional.names, BoundsSettings.norms)
    func patchesGiveTheBoundsOfWholeValues(name: String, norm: Norm) throws {
        for seed in 1...3 {
            let network = try Convolutional(seed: seed).network(name)
            let pixels = Tensor.random([4] + network.imageShape, 0, 1, seed: 10 + seed)
            let images = try LabelledImages(
                name: "random", split: .test, pixels: .float32(pixels.values), count: 4, shape: network.imageShape,
                labels: [0, 1, 2, 0], source: "random")
            let patched = try ProvenBound(of: network, norm: norm)
            let whole = try ProvenBound(of: network, norm: norm, seeingWholeValues: true)
            #expect(patched.throughPatches > 0, "\(name)")
            #expect(whole.throughPatches == 0)
            for epsilon in norm == .l2 ? [0, 0.05, 0.4] : [0, 0.002, 0.02] {
                let margins = try [patched, whole].map { try $0.margins(of: images, at: [0, 1, 2, 3], epsilon: epsilon, threads: 1) }
                for (a, b) in zip(margins[0], margins[1]) {
                    #expect(abs(a - b) <= 2e-5 * max(1, abs(b)), "\(name), ε \(epsilon): \(a) and \(b)")
                }
            }
        }
    }

    /// Where a patch would be as large as the value, whole values are used.
    @Test func smallValuesAreWhole() throws {
        let network = try BoundedNetworks.network("convolution")
        #expect(try ProvenBound(of: network, norm: .linf).throughPatches == 0)
    }
}

/// Random networks with layers that patches go through.
private struct Convolutional {
    static let names = [
        "plain", "valid", "strides", "dilation and groups", "residual", "residual with strides", "normalised", "convolutions in a row",
        "maximum pool", "overlapping maximum pool", "average pool", "concatenation", "smooth", "product", "uneven padding",
    ]

    private var builder: NetworkBuilder
    private var generator: SeededGenerator
    private var count = 0

    init(seed: Int) throws {
        builder = try NetworkBuilder(imageShape: [2, 17, 15])
        generator = SeededGenerator(seed: seed)
    }

    func network(_ name: String) throws -> Network {
        var it = self
        return try it.build(name)
    }

    private mutating func build(_ name: String) throws -> Network {
        let same = ConvolutionGeometry(padding: 1), image = builder.image
        switch name {
        case "plain": return try finish(relu(convolution(relu(convolution(relu(convolution(image, 3, same)), 4, same)), 3, same)))
        case "valid": return try finish(relu(convolution(relu(convolution(relu(convolution(image, 3, .init())), 4, .init())), 3, .init())))
        case "strides":
            let first = try relu(convolution(image, 3, .init(stride: 2, padding: 1)))
            return try finish(relu(convolution(first, 4, .init(strides: [1, 2], paddingBefore: [1, 0], paddingAfter: [0, 1]))))
        case "dilation and groups":
            let first = try relu(convolution(image, 4, .init(padding: 1, groups: 2)))
            let dilated = ConvolutionGeometry(dilation: [2, 1], paddingBefore: [2, 1], paddingAfter: [2, 0], groups: 2)
            return try finish(relu(convolution(first, 6, dilated)))
        case "residual":
            let stem = try relu(convolution(image, 4, same))
            let inner = try relu(convolution(stem, 4, same))
            return try finish(relu(append(.arithmetic(.add), convolution(inner, 4, same), stem)))
        case "residual with strides":
            let stem = try relu(convolution(image, 3, same))
            let inner = try relu(convolution(stem, 4, .init(stride: 2, padding: 1)))
            let shortcut = try convolution(stem, 4, .init(stride: 2, padding: 0), size: 1)
            return try finish(relu(append(.arithmetic(.subtract), batchNormalisation(convolution(inner, 4, same), 4), shortcut)))
        case "normalised":
            let (mean, deviation) = try (add([2], 0.4, 0.6), add([2], 0.2, 0.5))
            let normalised = try append(.normalisation(mean: mean, standardDeviation: deviation), image)
            let first = try relu(batchNormalisation(convolution(normalised, 3, same), 3))
            let scaled = try append(.arithmeticWithParameter(.multiply, operand: add([3, 1, 1], 0.5, 1.5), side: .left), first)
            return try finish(relu(batchNormalisation(convolution(scaled, 4, same), 4)))
        case "convolutions in a row":
            // What lies beyond the second's result is 0 to the third, and not what the second would make of it.
            return try finish(relu(convolution(convolution(relu(convolution(image, 3, same)), 4, .init(padding: 2)), 3, same)))
        case "maximum pool":
            let first = try relu(convolution(relu(convolution(image, 3, same)), 3, same))
            return try finish(relu(convolution(append(.maximumPool(Window(size: [2, 2], strides: [2, 2])), first), 4, same)))
        case "overlapping maximum pool":
            let window = Window(size: [3, 2], strides: [2, 1], dilation: [1, 2], paddingBefore: [1, 0], paddingAfter: [1, 1])
            let pooled = try append(.maximumPool(window), convolution(image, 3, same))
            return try finish(relu(convolution(pooled, 4, same)))
        case "average pool":
            let window = Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1])
            let pooled = try append(.averagePool(window, countsPadding: true), relu(convolution(image, 3, same)))
            return try finish(relu(convolution(pooled, 4, same)))
        case "concatenation":
            let first = try relu(convolution(image, 3, same))
            let both = try append(.concatenation(axis: 0), relu(convolution(first, 2, same)), image, first)
            return try finish(relu(convolution(both, 3, same)))
        case "smooth":
            let first = try append(.sigmoid, convolution(image, 3, same))
            let second = try append(.leakyRelu(slope: 0.1), convolution(first, 3, same))
            return try finish(append(.clip(-0.5...0.5), convolution(append(.tanh, second), 3, same)))
        case "product":
            let first = try append(.arithmetic(.multiply), convolution(image, 3, same), relu(convolution(image, 3, same)))
            return try finish(relu(convolution(first, 3, same)))
        default:
            let wide = ConvolutionGeometry(paddingBefore: [3, 0], paddingAfter: [1, 4])
            return try finish(relu(convolution(relu(convolution(image, 3, wide)), 4, wide)))
        }
    }

    private mutating func add(_ shape: [Int], _ low: Float, _ high: Float) throws -> String {
        count += 1
        let values = (0..<shape.elementCount).map { _ in Float.random(in: low...high, using: &generator) }
        try builder.add(Tensor(shape: shape, values: values), as: "p\(count)")
        return "p\(count)"
    }

    private mutating func append(_ layer: Layer, _ inputs: Int...) throws -> Int { try builder.append(layer, to: inputs) }

    private mutating func relu(_ x: Int) throws -> Int { try append(.relu, x) }

    private mutating func convolution(_ x: Int, _ channels: Int, _ geometry: ConvolutionGeometry, size: Int = 3) throws -> Int {
        let inputs = builder.shape(of: x)[0] / geometry.groups
        let limit = 1.5 / Float(size * size * inputs).squareRoot()
        let (weights, bias) = try (add([channels, inputs, size, size], -limit, limit), add([channels], -0.2, 0.2))
        return try append(.convolution(geometry, weights: weights, bias: bias), x)
    }

    private mutating func batchNormalisation(_ x: Int, _ channels: Int) throws -> Int {
        let (scale, shift) = try (add([channels], -1.5, 1.5), add([channels], -0.5, 0.5))
        let (mean, variance) = try (add([channels], -0.5, 0.5), add([channels], 0.2, 1.5))
        return try append(.batchNormalisation(.init(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: 1e-5)), x)
    }

    private mutating func finish(_ x: Int) throws -> Network {
        let flat = try append(.reshape(to: [builder.shape(of: x).elementCount]), x)
        let limit = 1.5 / Float(builder.shape(of: x).elementCount).squareRoot()
        let (weights, bias) = try (add([3, builder.shape(of: x).elementCount], -limit, limit), add([3], -0.3, 0.3))
        let logits = try append(.dense(weights: weights, bias: bias), flat)
        return try builder.network(output: logits)
    }
}

extension Tensor {
    fileprivate static func random(_ shape: [Int], _ low: Float, _ high: Float, seed: Int) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in .random(in: low...high, using: &generator) })
    }
}
