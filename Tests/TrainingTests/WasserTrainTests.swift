import SuretyAttacks
import SuretyTraining
import Testing

struct WasserTrainTests {
    private let fixture = ObjectiveFixture()

    /// ω·CE(f(x̃), y) + (1 − ω)·CE(f(x), y).
    @Test(arguments: [0, 0.75, 1])
    func objectiveAndGradient(_ omega: Double) throws {
        try fixture.expect(WasserTrain(omega: Float(omega))) { network, i in
            let attacked = network.loss(fixture.moved[i], fixture.labels[i])
            let clean = network.loss(fixture.clean[i], fixture.labels[i])
            return omega * attacked + (1 - omega) * clean
        }
    }

    @Test func settingsAreRead() throws {
        let defense = try DefenseCatalogue.defense(
            named: "wassertrain",
            [
                "omega": "0.5", "epsilon": "0.2", "largest-epsilon": "1.5", "window": "7", "gamma": "3", "iterations": "20",
                "p": "1",
            ])
        let wasser = try #require(defense as? WasserTrain)
        #expect(wasser.omega == 0.5)
        #expect(wasser.attack.growth.largest == 1.5)
        #expect(wasser.attack.windowSize == 7)
        #expect(wasser.attack.multipliers == .init(alpha: 10, beta: 10, gamma: 3))
        #expect(wasser.attack.iterations == 20)
        #expect(wasser.attack.groundCost.exponent == 1)
        #expect(defense.parameters["omega"] == "0.5" && defense.parameters["window"] == "7")
        for wrong in [["window": "4"], ["omega": "1.5"], ["epsilon": "2.2"], ["alpha": "-1"], ["p": "0"]] {
            #expect(throws: TrainingError.self) { _ = try DefenseCatalogue.defense(named: "wassertrain", wrong) }
        }
    }

    /// The same training twice ends the same.
    @Test func aTrainingIsRepeatable() throws {
        let images = try TinyTraining.images()
        func trained() throws -> Trainer {
            try TinyTraining.finished(
                Trainer(
                    TinyTraining.network(), WasserTrain(attack: WasserAttack().with(\.iterations, 5)), on: images,
                    TinyTraining.settings))
        }
        #expect(try trained().bits == trained().bits)
    }
}
