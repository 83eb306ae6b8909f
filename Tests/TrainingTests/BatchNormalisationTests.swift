import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

/// Batch normalisation in training sees the whole batch, though workers share it, and moves the running statistics with each
/// pass: against the objective on the whole batch in one graph, computed in `Double`.
struct BatchNormalisationTests {
    /// Objectives without random numbers: one pass, three passes, and derivatives of derivatives and of a moved image.
    static let defenses: [any Defense] = [
        StandardTraining(),
        TRADES(ball: Ball(.linf, radius: 0), stepSize: 0.1, steps: 0, beta: 2),
        GradientRegularisation(norm: .l2, lambda: 3, method: .doubleBackpropagation),
        GradientRegularisation(norm: .l2, lambda: 3, method: .finiteDifference(0.25)),
    ]

    @Test(arguments: defenses.indices)
    func aStepIsThatOfTheWholeBatch(_ index: Int) throws {
        let defense = Self.defenses[index]
        let (network, rate) = (try TinyTraining.network(), 0.5)
        let images = try TinyTraining.images(count: 12)
        let settings = TrainingSettings(
            epochs: 1, batchSize: 12, learningRate: Float(rate), optimiser: .sgd(momentum: 0, weightDecay: 0, isNesterov: false))
        let trainer = try TinyTraining.finished(Trainer(network, defense, on: images, settings))

        let all = Array(0..<12)
        let expected = try step(defense, network, images, all)
        // What each worker's half alone would come to: the step that must not be taken.
        let order = EpochOrder(count: 12, epoch: 0, seed: settings.seed).indices
        let halves = try [order[..<6], order[6...]].map { try step(defense, network, images, Array($0)) }
        for (name, slope) in expected.gradients {
            let before = try #require(network.parameters[name]).values
            let after = try #require(trainer.parameters[name]).values
            let taken = zip(before, after).map { (Double($0) - Double($1)) / rate }
            let apart = zip(halves[0].gradients[name] ?? [], halves[1].gradients[name] ?? []).map { ($0 + $1) / 2 }
            // The rounding of singles is tens of thousands of times smaller than what the halves' statistics change.
            #expect(distance(taken, slope) < distance(apart, slope) / 1000, "\(name): \(taken), not \(slope)")
        }
        for (name, values) in expected.statistics {
            let found = try #require(trainer.parameters[name]).values.map(Double.init)
            #expect(distance(found, values) < 1e-6, "\(name): \(found), not \(values)")
        }
        #expect(expected.gradients.count == 5 && expected.statistics.count == 2)
        #expect(abs(trainer.history[0].loss - expected.loss) < 1e-5 * max(1, expected.loss))
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    private struct Step {
        let loss: Double
        let gradients: [String: [Double]]
        let statistics: [String: [Double]]
    }

    /// The objective and what follows from it on some of the images, as one batch.
    private func step(
        _ defense: any Defense, _ network: Network, _ images: LabelledImages, _ indices: [Int]
    ) throws -> Step {
        let input = Node.input("images", shape: [indices.count] + images.shape)
        let labels = Node.input("labels", shape: [indices.count, network.classCount])
        let parameters = network.parameterInputs
        var running = parameters
        let graph = ObjectiveGraph(images: input, labels: labels, adversarial: input, noise: nil) { x in
            let pass = try network.trainingPass(of: x, parameters: parameters)
            running.merge(try pass.statistics(after: running)) { $1 }
            return pass.logits
        }
        let loss = try defense.objective(graph)
        let (trainable, statistics) = (network.trainableParameters, network.runningStatistics)
        let slopes = try gradient(of: loss, with: trainable.compactMap { parameters[$0] })
        var inputs: [Node: [Double]] = [
            input: indices.flatMap { images.image(at: $0).map(Double.init) },
            labels: indices.flatMap { index in (0..<network.classCount).map { $0 == images.label(at: index) ? 1 : 0 } },
        ]
        for (name, node) in parameters { inputs[node] = network.parameters[name]?.values.map(Double.init) }
        let results = try ReferenceEvaluator().evaluate(
            [loss] + slopes + statistics.compactMap { running[$0] }, inputs: inputs)
        return Step(
            loss: results[0][0],
            gradients: Dictionary(uniqueKeysWithValues: zip(trainable, results[1...])),
            statistics: Dictionary(uniqueKeysWithValues: zip(statistics, results[(1 + trainable.count)...])))
    }

    /// In TRADES the statistics move with three passes, on clean, attacked and clean images: here one and the same, so that
    /// what is left of the old ones is 0.9³.
    @Test func tradesMovesTheStatisticsThreeTimes() throws {
        func statistics(_ defense: any Defense) throws -> [Float] {
            let settings = TrainingSettings(epochs: 1, batchSize: 12)
            let trainer = try TinyTraining.finished(
                Trainer(TinyTraining.network(), defense, on: TinyTraining.images(count: 12), settings))
            return try ["mean", "variance"].flatMap { try #require(trainer.parameters[$0]).values }
        }
        let before = try ["mean", "variance"].flatMap { try #require(TinyTraining.network().parameters[$0]).values }
        let one = try statistics(StandardTraining())
        let three = try statistics(TRADES(ball: Ball(.linf, radius: 0), stepSize: 0.1, steps: 0, beta: 2))
        for i in before.indices {
            let batch = (one[i] - 0.9 * before[i]) / 0.1
            #expect(abs(three[i] - (0.729 * before[i] + 0.271 * batch)) < 1e-5)
        }
    }

    /// A batch worked through in parts would have the parts' statistics.
    @Test func accumulationIsRefused() throws {
        var settings = TinyTraining.settings
        (settings.batchSize, settings.accumulation) = (16, 8)
        #expect {
            try Trainer(TinyTraining.network(), StandardTraining(), on: TinyTraining.images(), settings)
        } throws: { "\($0)".contains("batch normalisation") && "\($0)".contains("set the accumulation to 1") && $0 is TrainingError }
        #expect(throws: Never.self) {
            try Trainer(TinyTraining.droppingNetwork(), StandardTraining(), on: TinyTraining.images(), settings)
        }
    }
}
