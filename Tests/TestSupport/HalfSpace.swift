import SuretyDatasets
import SuretyNetworks
import SuretyTensors

/// Classifiers of 2×2 images whose votes are known.
extension Network {
    /// Logits (0, w·x + b): class 1 where w·x + b > 0.
    public static func halfSpace(weights: [Float], bias: Float) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [1, 2, 2])
        try builder.add(Tensor(shape: [2, 4], values: [0, 0, 0, 0] + weights), as: "weights")
        try builder.add(Tensor(shape: [2], values: [0, bias]), as: "bias")
        let pixels = try builder.append(.reshape(to: [4]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "weights", bias: "bias"), to: [pixels])
        return try builder.network(output: logits)
    }
}

extension LabelledImages {
    /// Random images of 2×2 pixels, all of class 1.
    public static func random(count: Int, seed: Int = 1) throws -> LabelledImages {
        var generator = SeededGenerator(seed: seed)
        let pixels = (0..<4 * count).map { _ in Float.random(in: 0...1, using: &generator) }
        return try LabelledImages(
            name: "random", split: .test, pixels: .float32(pixels), count: count, shape: [1, 2, 2],
            labels: Array(repeating: 1, count: count), source: "random")
    }
}
