import Attacks
import Networks
import Tensors
import TestSupport

/// Two classes with the logits 0 and w·x + b on images of 12 pixels: what the worst image is, is known.
struct LinearClassifier {
    static let shape = [1, 3, 4]
    static let size = 12

    let weights: [Float]
    let bias: Float
    let network: Network

    init(weights: [Float], bias: Float = 0) throws {
        self.weights = weights
        self.bias = bias
        var builder = try NetworkBuilder(imageShape: Self.shape)
        try builder.add(Tensor(shape: [2, Self.size], values: [Float](repeating: 0, count: Self.size) + weights), as: "w")
        try builder.add(Tensor(shape: [2], values: [0, bias]), as: "b")
        let flat = try builder.append(.reshape(to: [Self.size]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: "b"), to: [flat])
        network = try builder.network(output: logits)
    }

    /// Weights of either sign, none near 0.
    init(bias: Float = 0) throws {
        var generator = SeededGenerator(seed: 2)
        try self.init(weights: generator.distinctValues(count: Self.size), bias: bias)
    }

    /// w·x + b of the image at `place`.
    func margin(_ images: [Float], at place: Int = 0) -> Float {
        (0..<Self.size).reduce(bias) { $0 + weights[$1] * images[place * Self.size + $1] }
    }

    /// So many images with pixels in `range`.
    static func images(_ count: Int, in range: ClosedRange<Float> = 0...1, seed: Int = 8) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count * size).map { _ in .random(in: range, using: &generator) }
    }
}

extension Attack {
    /// What the attack makes of images of a network with few classes.
    func run(
        on network: Network, images: [Float], labels: [Int], noise: [Float] = [], seed: UInt64 = 1, trial: Int = 0,
        firstIndex: Int = 0
    ) throws -> [Float] {
        let copies = noise.count / images.count
        let executor = try makeExecutor(on: network, batchSize: labels.count, copies: copies)
        let rows = labels.flatMap { label in (0..<network.classCount).map { $0 == label ? 1 : 0 as Float } }
        return try images.withUnsafeBufferPointer { images in
            try rows.withUnsafeBufferPointer { rows in
                try noise.withUnsafeBufferPointer { noise in
                    let batch = AttackBatch(
                        images: images, labels: rows, noise: copies > 0 ? noise : nil,
                        indices: labels.indices.map { firstIndex + $0 }, seed: seed, trial: trial)
                    return Array(try executor.run(batch, parameters: network.parameters))
                }
            }
        }
    }
}
