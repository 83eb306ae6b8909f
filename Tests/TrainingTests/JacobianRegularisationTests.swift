import Foundation
import SuretyGraphs
import SuretyTraining
import Testing
import TestSupport

struct JacobianRegularisationTests {
    private let fixture = ObjectiveFixture()

    /// CE + λ/2 · K/n Σ ‖Jᵀv‖² with given v.
    @Test(arguments: [1, 2])
    func objectiveAndGradient(_ projections: Int) throws {
        try fixture.expect(JacobianRegularisation(lambda: 0.3, projections: projections)) { network, i in
            let squares = (0..<projections).map { number in
                let v = fixture.directions[2 * number + i]
                let product = network.jacobian(fixture.clean[i]).columns(times: v)
                return product.reduce(0) { $0 + $1 * $1 }
            }
            return network.loss(fixture.clean[i], fixture.labels[i])
                + 0.15 * 3 / Double(projections) * squares.reduce(0, +)
        }
    }

    /// With an orthonormal basis for v, the estimate is the squared Frobenius norm itself.
    @Test func aBasisGivesTheFrobeniusNorm() throws {
        let images = Node.input("images", shape: [2, 1, 2, 2])
        let targets = Node.input("labels", shape: [2, 3])
        let directions = Node.input("directions", shape: [6, 3])
        let parameters = zip(PlainNetwork.shapes.indices, PlainNetwork.shapes).map { Node.input("p\($0)", shape: $1) }
        let graph = ObjectiveGraph(
            images: images, labels: targets, adversarial: images, noise: nil, directions: directions
        ) { try PlainNetwork.logits(of: $0, parameters: parameters) }
        let objective = try JacobianRegularisation(lambda: 2, projections: 3).objective(graph)
        // No labels: the cross entropy is 0.
        var inputs: [Node: [Double]] = [
            images: fixture.clean.flatMap(\.self), targets: Array(repeating: 0, count: 6),
            directions: [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1],
        ]
        for (node, values) in zip(parameters, fixture.network.parameters) { inputs[node] = values }
        let value = try ReferenceEvaluator().evaluate([objective], inputs: inputs)[0][0]
        let norms = fixture.clean.map { fixture.network.jacobian($0).flatMap(\.self).reduce(0) { $0 + $1 * $1 } }
        #expect(abs(value - (norms[0] + norms[1]) / 2) < 1e-6)
    }

    /// Every step draws vectors of its own, keyed by the seed; they make the logits less steep.
    @Test func trainingLowersTheJacobian() throws {
        let images = try TinyTraining.images()
        func trained(_ lambda: Float, seed: UInt64) throws -> Trainer {
            var settings = TinyTraining.settings
            (settings.seed, settings.epochs, settings.learningRate) = (seed, 20, 0.02)
            return try TinyTraining.finished(
                Trainer(TinyTraining.network(), JacobianRegularisation(lambda: lambda), on: images, settings))
        }
        let strong = try trained(0.1, seed: 7)
        #expect(try trained(0.1, seed: 7).bits == strong.bits)
        #expect(try trained(0.1, seed: 8).bits != strong.bits)
        func steepness(_ trainer: Trainer) throws -> Double {
            let input = Node.input("images", shape: [1] + TinyTraining.shape)
            let logits = try trainer.trainedNetwork().logits(of: input)
            let slopes = try (0..<3).map {
                try gradient(of: logits.sliced(from: [0, $0], to: [1, $0 + 1]).sum(), with: [input])[0]
            }
            let results = try Program(computing: slopes, from: [input]).makeExecutor().run([images.images(at: [0])])
            return results.flatMap(\.values).reduce(0) { $0 + Double($1) * Double($1) }
        }
        let ratio = try TinyTraining.mean { try steepness(trained(0.1, seed: $0.seed)) / steepness(trained(0, seed: $0.seed)) }
        #expect(ratio < 0.5)
    }
}

extension PlainNetwork {
    /// ∂logits/∂x = W₂ diag(1 − h²) W₁, a row per class.
    fileprivate func jacobian(_ x: [Double]) -> [[Double]] {
        let slopes = (0..<Self.hidden).map { j in
            let sum = (0..<Self.pixels).reduce(parameters[1][j]) { $0 + parameters[0][j * Self.pixels + $1] * x[$1] }
            let h = Foundation.tanh(sum)
            return 1 - h * h
        }
        return (0..<Self.classes).map { k in
            (0..<Self.pixels).map { i in
                (0..<Self.hidden).reduce(0) {
                    $0 + parameters[2][k * Self.hidden + $1] * slopes[$1] * parameters[0][$1 * Self.pixels + i]
                }
            }
        }
    }
}

extension [[Double]] {
    /// Σ v_k·row_k.
    fileprivate func columns(times v: [Double]) -> [Double] {
        self[0].indices.map { i in indices.reduce(0) { $0 + v[$1] * self[$1][i] } }
    }
}
