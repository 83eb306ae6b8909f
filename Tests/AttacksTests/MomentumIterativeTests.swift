import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct MomentumIterativeTests {
    /// Algorithm 1 of Dong et al. in `Double`.
    @Test(arguments: Norm.allCases, [0, 1] as [Float])
    func followsTheAlgorithm(_ norm: Norm, _ decay: Float) throws {
        let network = try Architecture.mlp.network(imageShape: LinearClassifier.shape, classCount: 3, seed: 5)
        let clean = LinearClassifier.images(1, in: 0.3...0.7)
        let x = Node.input("x", shape: [1] + LinearClassifier.shape)
        let logits = try network.logits(of: x)
        let values = try ReferenceEvaluator().evaluate([logits], inputs: [x: clean.map(Double.init)])[0]
        let label = values.indices.max { values[$0] < values[$1] }!
        let loss = try logits.softmax(axis: 1).sliced(from: [0, label], to: [1, label + 1]).log().sum() * .constant(-1)
        let slope = try gradient(of: loss, with: [x])[0]

        var image = clean.map(Double.init)
        var momentum = image.map { _ in 0.0 }
        for _ in 0..<3 {
            let g = try ReferenceEvaluator().evaluate([slope], inputs: [x: image])[0]
            let length = g.reduce(0) { $0 + abs($1) }
            momentum = zip(momentum, g).map { Double(decay) * $0 + $1 / length }
            let norm2 = momentum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            image = zip(image, momentum).map { $0 + 0.01 * (norm == .linf ? ($1 > 0 ? 1 : -1) : $1 / norm2) }
        }
        let attack = MomentumIterative(ball: Ball(norm, radius: 0.2)).with(\.givenStepSize, 0.01).with(\.steps, 3).with(\.decay, decay)
        let found = try attack.run(on: network, images: clean, labels: [label])
        for i in clean.indices { #expect(abs(Double(found[i]) - image[i]) < 1e-5) }
    }
}
