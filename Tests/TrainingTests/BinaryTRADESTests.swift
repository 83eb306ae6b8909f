import Foundation
import SuretyAttacks
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

struct BinaryTRADESTests {
    private let fixture = ObjectiveFixture()

    /// φ(f(x)·y) + φ(f(x)·f(x′)/λ) with f = z₁ − z₀: for a λ at which both terms count, and one at which the
    /// second is large.
    @Test(arguments: [0.5, 4] as [Float])
    func objectiveAndGradient(_ lambda: Float) throws {
        let defense = BinaryTRADES(ball: Ball(.linf, radius: 0.1), stepSize: 0.01, steps: 2, lambda: lambda)
        let labels = [1, 0]
        try fixture.expect(defense, labels: labels, classes: 2) { network, i in
            func f(_ x: [Double]) -> Double { log(network.probabilities(x)[1] / network.probabilities(x)[0]) }
            func hinge(_ alpha: Double) -> Double { max(1 - alpha, 0) }
            let (near, far) = (f(fixture.clean[i]), f(fixture.moved[i]))
            return hinge(near * (labels[i] == 1 ? 1 : -1)) + hinge(near * far / Double(lambda))
        }
    }

    @Test func theAdversaryLeadsAwayFromThePrediction() throws {
        let defense = BinaryTRADES(ball: Ball(.linf, radius: 0.1), stepSize: 0.01, steps: 20, lambda: 5)
        let attack = try #require(defense.adversary(epoch: 3) as? PredictionAttack<ProjectedGradient>)
        #expect(attack.base.start == .gaussian(0.001) && attack.base.loss == .margin && attack.base.steps == 20)
    }

    @Test func twoClassesAreNeeded() throws {
        let defense = BinaryTRADES(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 2, lambda: 2)
        let error = #expect(throws: TrainingError.self) {
            try Trainer(TinyTraining.network(), defense, on: TinyTraining.images(), TinyTraining.settings)
        }
        #expect(error?.description.contains("mnist:1,3") == true)
    }

    /// A training separates two classes, and the bound of theorem 3.1 becomes small with the risk.
    @Test func trainsAndBounds() throws {
        let images = try TinyTraining.images(classCount: 2)
        let network = try TinyTraining.network(classCount: 2)
        let defense = BinaryTRADES(ball: Ball(.linf, radius: 0.1), stepSize: 0.02, steps: 5, lambda: 2)
        let before = try RobustErrorBound(of: network, on: images, attack: defense.attack.base, lambda: 2)
        var accuracies: [Double] = []
        let right = try TinyTraining.mean { settings in
            var settings = settings
            settings.epochs = 30
            let trained = try TinyTraining.finished(Trainer(network, defense, on: images, settings)).trainedNetwork()
            let after = try RobustErrorBound(of: trained, on: images, attack: defense.attack.base, lambda: 2)
            accuracies += [after.naturalAccuracy, after.robustAccuracy]
            return after.right
        }
        #expect(accuracies.reduce(0, +) / Double(accuracies.count) > 0.9, "\(accuracies)")
        #expect(right < 0.6 * before.right, "\(right), not much below \(before.right)")
    }

    @Test func settings() throws {
        let defense = try #require(DefenseCatalogue.defense(named: "trades-binary", [:]) as? BinaryTRADES)
        #expect(defense.lambda == 5 && defense.attack.base.ball == Ball(.linf, radius: 0.1))
        #expect(throws: TrainingError.self) { try DefenseCatalogue.defense(named: "trades-binary", ["lambda": "0"]) }
    }
}
