import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

struct FreeAdversarialTrainingTests {
    private let fixture = ObjectiveFixture()

    @Test func objectiveIsTheCrossEntropyOfTheMovedImages() throws {
        let defense = FreeAdversarialTraining(ball: Ball(.linf, radius: 0.1), stepSize: 0.1, uses: 2)
        try fixture.expect(defense) { $0.loss(fixture.moved[$1], fixture.labels[$1]) }
    }

    /// Without room to move, one use of each batch is standard training.
    @Test func oneUseWithoutARadiusIsStandardTraining() throws {
        let images = try TinyTraining.images()
        let free = FreeAdversarialTraining(ball: Ball(.linf, radius: 0), stepSize: 0, uses: 1)
        let found = try TinyTraining.finished(Trainer(TinyTraining.network(), free, on: images, TinyTraining.settings))
        let plain = try TinyTraining.finished(
            Trainer(TinyTraining.network(), StandardTraining(), on: images, TinyTraining.settings))
        #expect(found.bits == plain.bits)
    }

    /// Two uses of two batches of a linear network, step by step: the first gradient of a batch is taken where the last use
    /// of the batch before left the perturbation.
    @Test(arguments: Norm.allCases)
    func parametersAndPerturbationMoveByTheSameGradient(_ norm: Norm) throws {
        let ball = Ball(norm, radius: 0.1)
        let images = try TinyTraining.images(count: 8)
        var builder = try NetworkBuilder(imageShape: TinyTraining.shape)
        var generator = SeededGenerator(seed: 3)
        let weights = (0..<48).map { _ in Float.random(in: -0.4...0.4, using: &generator) }
        try builder.add(Tensor(shape: [3, 16], values: weights), as: "w")
        let flat = try builder.append(.reshape(to: [16]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "w", bias: nil), to: [flat])
        let network = try builder.network(output: logits)

        let settings = TrainingSettings(
            epochs: 1, batchSize: 4, learningRate: 0.5, optimiser: .sgd(momentum: 0, weightDecay: 0, isNesterov: false),
            seed: 2)
        let defense = FreeAdversarialTraining(ball: ball, stepSize: 0.04, uses: 2)
        let found = try TinyTraining.finished(Trainer(network, defense, on: images, settings))

        let w = Node.input("w", shape: [3, 16])
        let x = Node.input("x", shape: [4] + TinyTraining.shape)
        let y = Node.input("y", shape: [4, 3])
        let loss = try Node.crossEntropy(logits: network.logits(of: x, parameters: ["w": w]), labels: y).mean(over: [0])
        let slopes = try gradient(of: loss, with: [w, x])
        var parameters = weights.map(Double.init)
        var perturbation = [Float](repeating: 0, count: 64)
        for batch in EpochOrder(count: 8, epoch: 0, seed: settings.seed).indices.chunked(by: 4) {
            let clean = batch.flatMap { images.image(at: $0) }
            let targets = batch.flatMap { index in (0..<3).map { images.label(at: index) == $0 ? 1.0 : 0 } }
            for _ in 0..<2 {
                let moved = zip(clean, perturbation).map { min(max($0 + $1, 0), 1) }
                let results = try ReferenceEvaluator().evaluate(
                    slopes, inputs: [w: parameters, x: moved.map(Double.init), y: targets])
                parameters = zip(parameters, results[0]).map { $0 - 0.5 * $1 }
                func rows(_ values: [Float]) -> Images { Images(Tensor(shape: [4, 16], values: values)) }
                let (points, slopes, centers) = (rows(moved), rows(results[1].map(Float.init)), rows(clean))
                for image in 0..<4 { ball.ascend(points[image], along: slopes[image], step: 0.04, around: centers[image]) }
                perturbation = zip(points.elements, clean).map { $0 - $1 }
            }
        }
        let trained = try #require(found.parameters["w"]).values
        for i in trained.indices { #expect(abs(Double(trained[i]) - parameters[i]) < 1e-5, "weight \(i)") }
    }

    @Test func settings() throws {
        let usual = try #require(DefenseCatalogue.defense(named: "free", ["epsilon": "0.2"]) as? FreeAdversarialTraining)
        #expect(usual.stepSize == 0.2 && usual.uses == 8)
        #expect(usual.replays == BatchReuse(count: 8, ball: Ball(.linf, radius: 0.2), stepSize: 0.2))
        #expect(throws: TrainingError.self) { try DefenseCatalogue.defense(named: "free", ["replays": "0"]) }
    }
}

extension [Int] {
    fileprivate func chunked(by size: Int) -> [[Int]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}
