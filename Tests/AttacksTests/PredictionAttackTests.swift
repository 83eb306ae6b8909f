import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct PredictionAttackTests {
    private let base = ProjectedGradient(ball: Ball(.linf, radius: 0.2), stepSize: 0.05, steps: 6, start: .gaussian(0.001))

    /// Whatever the labels, it does what the base does with the network's own classes for labels.
    @Test func leadsAwayFromTheNetworksOwnClass() throws {
        let network = try Architecture.mlp.network(imageShape: LinearClassifier.shape, classCount: 2, seed: 9)
        let clean = LinearClassifier.images(6)
        let ones = try PredictionAttack(base).run(on: network, images: clean, labels: [1, 1, 1, 1, 1, 1])
        let zeros = try PredictionAttack(base).run(on: network, images: clean, labels: [0, 0, 0, 0, 0, 0])
        #expect(ones == zeros && ones != clean)
        for first in 0..<6 {
            let range = first * LinearClassifier.size..<(first + 1) * LinearClassifier.size
            let image = Array(clean[range])
            let candidates = try [0, 1].map { try base.run(on: network, images: image, labels: [$0], firstIndex: first) }
            let distances = candidates.map { zip($0, ones[range]).reduce(0) { max($0, abs($1.0 - $1.1)) } }
            #expect(distances.min()! < 1e-5 && distances.max()! > 0.05)
        }
    }

    /// It can do what its base can.
    @Test func isAsAbleAsItsBase() {
        #expect(!PredictionAttack<LogBarrier>.transfers && PredictionAttack<DeepFool>.transfers)
        #expect(!PredictionAttack<DeepFool>.attacksSmoothed && PredictionAttack<GradientFree>.attacksSmoothed)
        #expect(!PredictionAttack<GradientFree>.attacksBase && PredictionAttack<DeepFool>.attacksBase)
        #expect(PredictionAttack<DeepFool>.seeksSmallestDistance && !PredictionAttack<GradientFree>.seeksSmallestDistance)
    }

    /// The product f(x)·f(x′) is the least in the cube: f moves by ε‖w‖₁ towards the other sign.
    @Test func theProductBecomesLeast() throws {
        let classifier = try LinearClassifier(bias: 0.1)
        let clean = LinearClassifier.images(4, in: 0.3...0.7)
        let found = try PredictionAttack(base).run(on: classifier.network, images: clean, labels: [0, 0, 1, 1])
        let reach = 0.2 * classifier.weights.reduce(0) { $0 + abs($1) }
        for place in 0..<4 {
            let (before, after) = (classifier.margin(clean, at: place), classifier.margin(found, at: place))
            #expect(abs(after - (before > 0 ? before - reach : before + reach)) < 1e-4)
        }
    }
}
