import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import TestSupport

/// Small networks whose numbers are as hard on single precision as can be: of all scales, some too small for full precision,
/// sums that almost cancel, slopes of next to nothing. Every layer of them has an exact value.
struct ExactNetworks {
    static let imageShape = [1, 4, 4]
    static let classCount = 3
    static let families = ["dense", "leaky", "batch normalisation", "residual", "pool of next to nothing"]

    private var builder: NetworkBuilder
    private var generator: SeededGenerator
    private var scale = 0
    private var count = 0

    static func network(_ family: String, seed: Int) throws -> Network {
        var it = try ExactNetworks(seed: seed)
        return try it.network(family)
    }

    private init(seed: Int) throws {
        builder = try NetworkBuilder(imageShape: Self.imageShape)
        generator = SeededGenerator(seed: seed)
    }

    private mutating func network(_ family: String) throws -> Network {
        let image = builder.image
        switch family {
        case "dense":
            let hidden = try append(.relu, dense(image, 8))
            return try finish(append(.relu, dense(hidden, 6)))
        case "leaky":
            let slopes: [Float] = [0x1p-130, 0x1p-126, 0x1p-100, 0x1p-61, 0.01, 0.3, 1]
            let slope = slopes[Int.random(in: 0..<slopes.count, using: &generator)]
            let hidden = try append(.leakyRelu(slope: slope), dense(image, 8))
            return try finish(append(.leakyRelu(slope: slope), dense(hidden, 6)))
        case "batch normalisation":
            let first = try batchNormalisation(convolution(image, 3))
            let second = try batchNormalisation(dense(append(.relu, first), 6), isFlat: true)
            return try finish(append(.relu, second))
        case "residual":
            let first = try append(.relu, convolution(image, 2))
            scale = 0
            let second = try convolution(first, 2)
            let sum = try append(.relu, append(.arithmetic(.add), second, first))
            return try finish(append(.averagePool(Window(size: [2, 2], strides: [2, 2]), countsPadding: false), sum))
        default:
            scale = [-128, -127, -126, -125][Int.random(in: 0..<4, using: &generator)]
            let small = try append(.relu, convolution(image, 2, chooses: false))
            let pooled = try append(.maximumPool(Window(size: [2, 2], strides: [2, 2])), small)
            scale = -scale - 3
            return try finish(append(.relu, dense(pooled, 4, chooses: false)), chooses: false)
        }
    }

    private mutating func append(_ layer: Layer, _ inputs: Int...) throws -> Int { try builder.append(layer, to: inputs) }

    private mutating func add(_ values: [Float], _ shape: [Int]) throws -> String {
        count += 1
        try builder.add(Tensor(shape: shape, values: values), as: "p\(count)")
        return "p\(count)"
    }

    /// Numbers of the scale of this layer: often the one that makes up for that of the layer before.
    private mutating func weights(_ shape: [Int], chooses: Bool) throws -> String {
        if chooses {
            scale = Bool.random(using: &generator) ? -scale : [-120, -60, -20, 0, 0, 8, 27, 60, 120].randomElement(using: &generator) ?? 0
        }
        let power = Float(sign: .plus, exponent: max(-149, min(scale, 120)), significand: 1)
        let cancels = Bool.random(using: &generator)
        var values = (0..<shape.elementCount).map { _ in power * Float.random(in: -1...1, using: &generator) }
        if cancels {
            // Neighbours that see the same pixel twice.
            for i in stride(from: 0, to: values.count - 1, by: 2) {
                values[i + 1] = -values[i] * (1 - Float.random(in: 0...0x1p-18, using: &generator))
            }
        }
        return try add(values, shape)
    }

    private mutating func bias(_ width: Int) throws -> String {
        let power = Float(sign: .plus, exponent: max(-140, min(scale, 100)), significand: 0.25)
        return try add((0..<width).map { _ in power * Float.random(in: -1...1, using: &generator) }, [width])
    }

    private mutating func dense(_ x: Int, _ width: Int, chooses: Bool = true) throws -> Int {
        let size = builder.shape(of: x).elementCount
        let flat = try append(.reshape(to: [size]), x)
        let (weights, bias) = try (weights([width, size], chooses: chooses), bias(width))
        return try append(.dense(weights: weights, bias: bias), flat)
    }

    private mutating func convolution(_ x: Int, _ channels: Int, chooses: Bool = true) throws -> Int {
        let inputs = builder.shape(of: x)[0]
        let (weights, bias) = try (weights([channels, inputs, 3, 3], chooses: chooses), bias(channels))
        return try append(.convolution(ConvolutionGeometry(stride: 1, padding: 1), weights: weights, bias: bias), x)
    }

    private mutating func batchNormalisation(_ x: Int, isFlat: Bool = false) throws -> Int {
        let channels = builder.shape(of: x)[0]
        let powers = (0..<channels).map { _ in [-20, 0, 0, 30].randomElement(using: &generator) ?? 0 }
        let scales = powers.map { Float(sign: .plus, exponent: $0, significand: Float.random(in: 0.5...1, using: &generator)) }
        let (scale, shift) = try (add(scales, [channels]), bias(channels))
        let mean = try bias(channels)
        let variance = try add(powers.map { Float(sign: .plus, exponent: 2 * $0, significand: 1) }, [channels])
        return try append(
            .batchNormalisation(.init(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: 0)), x)
    }

    private mutating func finish(_ x: Int, chooses: Bool = true) throws -> Network {
        if !chooses { scale = 0 }
        let logits = try dense(x, Self.classCount, chooses: chooses)
        return try builder.network(output: logits)
    }
}

extension Network {
    /// The network with batch normalisation folded, in single precision, into the layer before it.
    func foldingNormalisation() throws -> Network {
        var builder = try NetworkBuilder(imageShape: imageShape)
        var place = [builder.image]
        func values(_ name: String) -> [Float] { parameters[name]?.values ?? [] }
        for (name, tensor) in parameters { try builder.add(tensor, as: name) }
        for (index, vertex) in vertices.enumerated().dropFirst() {
            guard case .batchNormalisation(let it) = vertex.layer else {
                place.append(try builder.append(vertex.layer, to: vertex.inputs.map { place[$0] }))
                continue
            }
            let before = vertices[vertex.inputs[0]]
            let factors = zip(values(it.scale), values(it.variance)).map { $0 / ($1 + it.epsilon).squareRoot() }
            let offsets = factors.indices.map { values(it.shift)[$0] - values(it.mean)[$0] * factors[$0] }
            func fold(_ weights: String, _ bias: String?) throws -> (String, String) {
                let (w, shape) = (values(weights), parameters[weights]?.shape ?? [])
                let rows = w.count / factors.count
                let folded = w.indices.map { w[$0] * factors[$0 / rows] }
                let b = factors.indices.map { (bias.map(values)?[$0] ?? 0) * factors[$0] + offsets[$0] }
                try builder.add(Tensor(shape: shape, values: folded), as: "weights \(index)")
                try builder.add(Tensor(shape: [b.count], values: b), as: "bias \(index)")
                return ("weights \(index)", "bias \(index)")
            }
            let layer: Layer
            switch before.layer {
            case .convolution(let geometry, let weights, let bias):
                let (w, b) = try fold(weights, bias)
                layer = .convolution(geometry, weights: w, bias: b)
            case .dense(let weights, let bias):
                let (w, b) = try fold(weights, bias)
                layer = .dense(weights: w, bias: b)
            default: preconditionFailure("nothing to fold into")
            }
            place.append(try builder.append(layer, to: before.inputs.map { place[$0] }))
        }
        return try builder.network(output: place[place.count - 1])
    }
}
