import SuretyAttacks
import SuretyTraining
import Testing

struct SinkhornTrainingTests {
    private let fixture = ObjectiveFixture()

    /// CE(f(x′), y).
    @Test func objectiveAndGradient() throws {
        try fixture.expect(SinkhornTraining()) { network, i in network.loss(fixture.moved[i], fixture.labels[i]) }
    }

    @Test func settingsAreRead() throws {
        let defense = try DefenseCatalogue.defense(
            named: "sinkhorn", ["lambda": "3000", "step": "0.06", "window": "3", "factor": "1.1", "interval": "10"])
        let sinkhorn = try #require(defense as? SinkhornTraining)
        #expect(sinkhorn.attack.lambda == 3000)
        #expect(sinkhorn.attack.stepSize == 0.06)
        #expect(sinkhorn.attack.windowSize == 3)
        #expect(sinkhorn.attack.growth.interval == 10)
        #expect(abs(sinkhorn.attack.growth.factor - 1.1) < 1e-6)
        for wrong in [["window": "2"], ["lambda": "0"], ["tolerance": "0"], ["factor": "0.9"], ["epsilon": "3"]] {
            #expect(throws: TrainingError.self) { _ = try DefenseCatalogue.defense(named: "sinkhorn", wrong) }
        }
    }

    /// The same training twice ends the same, and differently from one without the attack.
    @Test func trainsOnWhatTheAttackMakes() throws {
        let images = try TinyTraining.images()
        func trained(iterations: Int) throws -> Trainer {
            try TinyTraining.finished(
                Trainer(
                    TinyTraining.network(), SinkhornTraining(attack: ProjectedSinkhorn().with(\.iterations, iterations)), on: images,
                    TinyTraining.settings))
        }
        let attacked = try trained(iterations: 5)
        #expect(try trained(iterations: 5).bits == attacked.bits)
        #expect(try trained(iterations: 0).bits != attacked.bits)
    }
}
