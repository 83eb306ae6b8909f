import SuretyAttacks
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct DeepFoolTests {
    /// Several planes: the nearest is crossed, in the direction that is shortest in the norm, and by the overshoot.
    @Test(arguments: DeepFool.norms)
    func crossesTheNearestPlane(_ norm: Norm) throws {
        var generator = SeededGenerator(seed: 9)
        let (classes, size) = (5, LinearClassifier.size)
        let weights = (0..<classes * size).map { _ in Float.random(in: -1...1, using: &generator) }
        let image = [Float](repeating: 0.5, count: size)
        let heights = (0..<classes).map { k in (0..<size).reduce(Float(0)) { $0 + 0.5 * weights[k * size + $1] } }
        var builder = try NetworkBuilder(imageShape: LinearClassifier.shape)
        try builder.add(Tensor(shape: [classes, size], values: weights), as: "w")
        // All at the same height at the image but class 2, which is above.
        try builder.add(Tensor(shape: [classes], values: heights.enumerated().map { ($0 == 2 ? 0.4 : 0) - $1 }), as: "b")
        let flat = try builder.append(.reshape(to: [size]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: "b"), to: [flat])
        let network = try builder.network(output: logits)

        let slopes = (0..<classes).map { k in (0..<size).map { weights[k * size + $0] - weights[2 * size + $0] } }
        func dual(_ slope: [Float]) -> Float {
            norm == .l2 ? slope.reduce(0) { $0 + $1 * $1 }.squareRoot() : slope.reduce(0) { $0 + abs($1) }
        }
        let nearest = [0, 1, 3, 4].max { dual(slopes[$0]) < dual(slopes[$1]) }!
        let length = (0.4 / dual(slopes[nearest]) + 1e-4) * 1.02
        let found = try DeepFool(norm: norm).run(on: network, images: image, labels: [2])
        for i in image.indices {
            let direction = norm == .l2 ? slopes[nearest][i] / dual(slopes[nearest]) : slopes[nearest][i] > 0 ? 1 : -1
            #expect(abs(found[i] - (0.5 + length * direction)) < 1e-4)
        }
    }
}
