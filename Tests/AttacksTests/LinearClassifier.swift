import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import TestSupport

/// Two classes with the logits 0 and w·x + b on images of 12 pixels: what the worst image is, is known.
struct LinearClassifier {
    static let shape = [1, 3, 4]
    static let size = 12

    let weights: [Float]
    let bias: Float
    let network: Network

    /// - Parameter others: The logits of more classes, the same everywhere.
    init(weights: [Float], bias: Float = 0, others: [Float] = []) throws {
        self.weights = weights
        self.bias = bias
        var builder = try NetworkBuilder(imageShape: Self.shape)
        let (zero, none) = ([Float](repeating: 0, count: Self.size), [Float](repeating: 0, count: others.count * Self.size))
        try builder.add(Tensor(shape: [2 + others.count, Self.size], values: zero + weights + none), as: "w")
        try builder.add(
            Tensor(shape: [2 + others.count], values: [0, bias] + others), as: "b")
        let flat = try builder.append(.reshape(to: [Self.size]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: "b"), to: [flat])
        network = try builder.network(output: logits)
    }

    /// Weights of either sign, none near 0.
    init(bias: Float = 0, others: [Float] = []) throws {
        var generator = SeededGenerator(seed: 2)
        try self.init(weights: generator.distinctValues(count: Self.size), bias: bias, others: others)
    }

    /// w·x + b of the image at `place`.
    func margin(_ images: [Float], at place: Int = 0) -> Float {
        (0..<Self.size).reduce(bias) { $0 + weights[$1] * images[place * Self.size + $1] }
    }

    /// `count` images with pixels in `range`.
    static func images(_ count: Int, in range: ClosedRange<Float> = 0...1, seed: Int = 8) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count * size).map { _ in .random(in: range, using: &generator) }
    }
}

/// Three classes that meet at the middle of the cube, behind a layer of rectifiers: every image has boundaries nearby.
enum CurvedClassifier {
    static func network() throws -> Network {
        var generator = SeededGenerator(seed: 4)
        let (size, hidden, classes) = (LinearClassifier.size, 16, 3)
        let first = (0..<hidden * size).map { _ in Float.random(in: -1...1, using: &generator) }
        let second = (0..<classes * hidden).map { _ in Float.random(in: -1...1, using: &generator) }
        var builder = try NetworkBuilder(imageShape: LinearClassifier.shape)
        try builder.add(Tensor(shape: [hidden, size], values: first), as: "w1")
        let heights = (0..<hidden).map { row in -first[row * size..<(row + 1) * size].reduce(0, +) / 2 }
        try builder.add(Tensor(shape: [hidden], values: heights), as: "b1")
        try builder.add(Tensor(shape: [classes, hidden], values: second), as: "w2")
        let flat = try builder.append(.reshape(to: [size]), to: [builder.image])
        let rectified = try builder.append(.relu, to: [builder.append(.dense(weights: "w1", bias: "b1"), to: [flat])])
        let logits = try builder.append(.dense(weights: "w2", bias: nil), to: [rectified])
        return try builder.network(output: logits)
    }

    /// The network's own classes.
    static func labels(of images: [Float], by network: Network) throws -> [Int] {
        let classifier = try Classifier(network, batchSize: images.count / LinearClassifier.size)
        classifier.images.elements.set(images)
        classifier.run()
        return classifier.classes.map { $0 ?? 0 }
    }
}

extension Images {
    /// Images of these pixels, one after another.
    init(_ pixels: [Float], of network: Network) {
        let shape = network.imageShape
        self.init(Tensor(shape: [pixels.count / shape.elementCount] + shape, values: pixels))
    }
}

extension Attack {
    /// What the attack makes of images of a network with few classes.
    func run(
        on network: Network, images: [Float], labels: [Int], noise: [Float] = [], seed: UInt64 = 1, trial: Int = 0,
        firstIndex: Int = 0, seesThroughSaturation: Bool = false
    ) throws -> [Float] {
        let copies = noise.count / images.count
        let executor = try makeExecutor(on: network, batchSize: labels.count, copies: copies)
        let batch = AttackBatch(
            images: Images(images, of: network), labels: labels, noise: copies > 0 ? Images(noise, of: network) : nil,
            indices: labels.indices.map { firstIndex + $0 }, seed: seed, trial: trial,
            seesThroughSaturation: seesThroughSaturation)
        return Array(try executor.run(batch, parameters: network.parameters).elements)
    }
}
