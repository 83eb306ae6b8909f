import SuretyAttacks
import SuretyTraining
import Testing

struct SmoothAdversarialTrainingTests {
    private let fixture = ObjectiveFixture()

    /// The objective on all copies, and on the first alone.
    @Test(arguments: SmoothAdversarialTraining.Adversary.allCases, [true, false])
    func trainsOnManyCopiesOrOne(_ attack: SmoothAdversarialTraining.Adversary, _ isMultiNoise: Bool) throws {
        let defense = SmoothAdversarialTraining(
            sigma: 0.5, copies: 2, epsilon: 1, steps: 4, attack: attack, isMultiNoise: isMultiNoise)
        try fixture.expect(defense) { network, i in
            let copies = (isMultiNoise ? [i, 2 + i] : [i]).map {
                network.loss(fixture.sum(fixture.moved[i], fixture.noise[$0]), fixture.labels[i])
            }
            return copies.reduce(0, +) / Double(copies.count)
        }
    }

    /// ε rises over ten epochs; steps and first lengths with it.
    @Test(arguments: [(0, 0.1), (4, 0.5), (9, 1), (30, 1)] as [(Int, Float)])
    func everyAttackWarmsUp(_ epoch: Int, _ part: Float) throws {
        var defense = SmoothAdversarialTraining(sigma: 0.5, copies: 2, epsilon: 2, steps: 4)
        let ascent = try #require(defense.adversary(epoch: epoch) as? ProjectedGradient)
        #expect(abs(ascent.ball.radius - 2 * part) < 1e-6 && abs(ascent.stepSize - part) < 1e-6)
        #expect(ascent.ball.norm == .l2 && ascent.start == .image && ascent.steps == 4)
        #expect(ascent.loss == .smoothedCrossEntropy)
        defense.attack = .ddn
        let ddn = try #require(defense.adversary(epoch: epoch) as? DecoupledDirectionAndNorm)
        #expect(abs(ddn.initialNorm - 2 * part) < 1e-6 && ddn.maximumNorm == ddn.initialNorm)
        #expect(ddn.gamma == 0.05 && ddn.levels == 256 && ddn.steps == 4)
        defense.attack = .gradientFree
        let free = try #require(defense.adversary(epoch: epoch) as? GradientFree)
        #expect(abs(free.ball.radius - 2 * part) < 1e-6 && abs(free.stepSize - part) < 1e-6 && !free.usesVotes)
    }

    @Test func withoutWarmUpTheRadiusIsWholeAtOnce() throws {
        let defense = SmoothAdversarialTraining(sigma: 0.5, copies: 2, epsilon: 2, steps: 4, warmUp: 0)
        #expect((defense.adversary(epoch: 0) as? ProjectedGradient)?.ball.radius == 2)
    }

    @Test func settingsChooseTheAttack() throws {
        let usual = try #require(
            DefenseCatalogue.defense(named: "smoothadv", [:]) as? SmoothAdversarialTraining)
        #expect(usual.attack == .pgd && usual.isMultiNoise && usual.copies == 4 && usual.epsilon == 255 / 256)
        let other = try #require(
            DefenseCatalogue.defense(named: "smoothadv", ["attack": "gradient-free", "multi-noise": "false"])
                as? SmoothAdversarialTraining)
        #expect(other.attack == .gradientFree && !other.isMultiNoise)
        #expect(other.parameters["attack"] == "gradient-free" && other.parameters["multi-noise"] == "false")
        let error = #expect(throws: TrainingError.self) {
            try DefenseCatalogue.defense(named: "smoothadv", ["attack": "cw"])
        }
        #expect(error?.description.contains("pgd or ddn or gradient-free") == true)
    }

    /// Each attack in a training: finite, repeatable, and not like the others.
    @Test func trainsWithEveryAttack() throws {
        let images = try TinyTraining.images()
        var all: Set<[[UInt64]]> = []
        for attack in SmoothAdversarialTraining.Adversary.allCases {
            for isMultiNoise in [true, false] {
                let defense = SmoothAdversarialTraining(
                    sigma: 0.2, copies: 3, epsilon: 0.8, steps: 5, warmUp: 2, attack: attack, isMultiNoise: isMultiNoise)
                let runs = try (0..<2).map { _ in
                    try TinyTraining.finished(
                        Trainer(TinyTraining.network(), defense, on: images, TinyTraining.settings)).bits
                }
                #expect(runs[0] == runs[1])
                all.insert(runs[0])
            }
        }
        #expect(all.count == 6)
    }
}
