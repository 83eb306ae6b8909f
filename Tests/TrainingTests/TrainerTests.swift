import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import Testing

struct TrainerTests {
    @Test(arguments: TinyTraining.defenses.indices)
    func repeatedRunsGiveTheSameBytes(_ index: Int) throws {
        func run(_ seed: UInt64) throws -> Trainer {
            var settings = TinyTraining.settings
            settings.seed = seed
            return try TinyTraining.finished(
                Trainer(TinyTraining.network(), TinyTraining.defenses[index], on: TinyTraining.images(), settings))
        }
        #expect(try run(7).bits == run(7).bits)
        #expect(try run(7).bits != run(8).bits)
    }

    @Test func historyTellsTheEpochs() throws {
        var settings = TinyTraining.settings
        settings.schedule = .steps(at: [1, 3], factor: 0.1)
        var reports: [Int] = []
        var trainer = try Trainer(TinyTraining.network(), StandardTraining(), on: TinyTraining.images(), settings)
        while !trainer.isFinished {
            try trainer.runEpoch { progress in
                reports.append(progress.step)
                #expect(progress.steps == 3 && progress.loss.isFinite && (0...1).contains(progress.accuracy))
            }
        }
        #expect(reports == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
        #expect(trainer.history.map(\.number) == [1, 2, 3, 4])
        for (epoch, rate) in zip(trainer.history, [0.05, 0.005, 0.005, 0.0005] as [Float]) {
            #expect(abs(epoch.learningRate - rate) < 1e-8 && epoch.seconds > 0)
        }
        #expect(trainer.history[3].loss < trainer.history[0].loss)
        #expect(trainer.history[3].accuracy > trainer.history[0].accuracy)
    }

    /// One step on the whole set is one step against the gradient of the mean loss over both workers' halves.
    @Test func oneStepFollowsTheMeanGradient() throws {
        let images = try TinyTraining.images(count: 6)
        var builder = try NetworkBuilder(imageShape: TinyTraining.shape)
        try builder.add(Tensor(shape: [3, 16], values: (0..<48).map { Float($0 % 7) / 20 - 0.15 }), as: "weights")
        let flat = try builder.append(.reshape(to: [16]), to: [builder.image])
        let logits = try builder.append(.dense(weights: "weights", bias: nil), to: [flat])
        let network = try builder.network(output: logits)
        let settings = TrainingSettings(
            epochs: 1, batchSize: 6, learningRate: 0.5, optimiser: .sgd(momentum: 0, weightDecay: 0, isNesterov: false))
        let trainer = try TinyTraining.finished(Trainer(network, StandardTraining(), on: images, settings))

        let weights = try #require(network.parameters["weights"]).values.map(Double.init)
        var expected = weights
        var loss = 0.0
        for i in 0..<6 {
            let x = images.image(at: i).map(Double.init)
            let logits = (0..<3).map { k in (0..<16).reduce(0) { $0 + weights[16 * k + $1] * x[$1] } }
            let total = logits.map { exp($0) }.reduce(0, +)
            loss -= log(exp(logits[images.label(at: i)]) / total) / 6
            for k in 0..<3 {
                let slope = exp(logits[k]) / total - (k == images.label(at: i) ? 1 : 0)
                for j in 0..<16 { expected[16 * k + j] -= 0.5 * slope * x[j] / 6 }
            }
        }
        let found = try #require(trainer.parameters["weights"]).values
        #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        #expect(abs(trainer.history[0].loss - loss) < 1e-6)
        #expect(try trainer.trainedNetwork().parameters == trainer.parameters)
    }

    /// Without batch normalisation, parts of a batch add up to the whole, up to the rounding of sums. Steps along the gradient,
    /// not along its signs, which rounding can turn.
    @Test func accumulatedGradientsAreThoseOfTheBatch() throws {
        let network = try Architecture.mlp.network(imageShape: TinyTraining.shape, classCount: 3, seed: 1)
        func trained(_ accumulation: Int) throws -> [String: Tensor] {
            var settings = TinyTraining.settings
            (settings.batchSize, settings.accumulation) = (12, accumulation)
            let attack = ProjectedGradient(ball: Ball(.l2, radius: 0.5), stepSize: 0.2, steps: 3)
            return try TinyTraining.finished(
                Trainer(network, AdversarialTraining(attack: attack), on: TinyTraining.images(), settings)).parameters
        }
        let (whole, parts) = (try trained(1), try trained(3))
        for (name, tensor) in whole {
            let other = try #require(parts[name])
            #expect(zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name)")
        }
    }

    /// The rate rises from step to step, and reaches its full value at the end of the warm-up.
    @Test func theRateWarmsUp() throws {
        var settings = TinyTraining.settings
        (settings.schedule, settings.warmUpEpochs) = (.constant, 2)
        let trainer = try TinyTraining.finished(
            Trainer(TinyTraining.network(), StandardTraining(), on: TinyTraining.images(), settings))
        #expect(trainer.history.map(\.learningRate) == [0.025, 0.05, 0.05, 0.05])
    }

    @Test func divergenceStopsAtANamedStepAndKeepsTheLastEpoch() throws {
        var settings = TinyTraining.settings
        settings.learningRate = 1e30
        settings.schedule = .constant
        var trainer = try Trainer(TinyTraining.network(), StandardTraining(), on: TinyTraining.images(), settings)
        let before = trainer.bits
        #expect { try trainer.runEpoch() } throws: { error in
            "\(error)".contains("at step 2 of epoch 1") && "\(error)".contains("smaller learning rate")
        }
        #expect(trainer.bits == before && trainer.history.isEmpty)
        #expect(try trainer.checkpoint.history.isEmpty)
    }

    @Test func argumentsThatDoNotFitAreRefused() throws {
        func expectRefusal(
            _ words: String, images: LabelledImages? = nil, classCount: Int = 3,
            _ change: (inout TrainingSettings) -> Void = { _ in }
        ) throws {
            var settings = TinyTraining.settings
            change(&settings)
            let images = try images ?? TinyTraining.images()
            let network = try TinyTraining.network(classCount: classCount)
            #expect { try Trainer(network, StandardTraining(), on: images, settings) } throws: {
                "\($0)".contains(words) && $0 is TrainingError
            }
        }
        try expectRefusal("epochs is 0") { $0.epochs = 0 }
        try expectRefusal("batch size is 5") { $0.batchSize = 5 }
        try expectRefusal("batch size is 0") { $0.batchSize = 0 }
        try expectRefusal("has only 22 images") { $0.batchSize = 24 }
        try expectRefusal("learning rate is 0") { $0.learningRate = 0 }
        try expectRefusal("learning rate is nan") { $0.learningRate = .nan }
        try expectRefusal("accumulation 2") { $0.accumulation = 2 }
        try expectRefusal("accumulation 0") { $0.accumulation = 0 }
        try expectRefusal("warm-up is -1") { $0.warmUpEpochs = -1 }
        try expectRefusal("the shift is -1 pixels") { $0.augmentation.shift = -1 }
        try expectRefusal("has 2 classes", classCount: 2)
        let wide = try LabelledImages(
            name: "wide", split: .train, pixels: .uint8([UInt8](repeating: 9, count: 160)), count: 8, shape: [1, 4, 5],
            labels: [0, 1, 2, 0, 1, 2, 0, 1], source: "wide")
        try expectRefusal("[1, 4, 5]", images: wide)
    }

    /// Settings of defenses that mean nothing are refused before anything runs.
    @Test func defensesThatMeanNothingAreRefused() throws {
        func attack(_ radius: Float, step: Float = 0.1, steps: Int = 1) -> AdversarialTraining {
            AdversarialTraining(attack: ProjectedGradient(ball: Ball(.l2, radius: radius), stepSize: step, steps: steps))
        }
        let cases: [(String, any Defense)] = [
            ("radius is -1", attack(-1)), ("radius is nan", attack(.nan)), ("step is inf", attack(1, step: .infinity)),
            ("steps is -1", attack(1, steps: -1)), ("sigma is inf", GaussianTraining(sigma: .infinity)),
            ("0 noisy copies", SmoothAdversarialTraining(sigma: 1, copies: 0, epsilon: 1, steps: 1)),
            ("beta is -1", TRADES(ball: Ball(.l2, radius: 1), stepSize: 1, steps: 1, beta: -1)),
            ("lambda is nan", GradientRegularisation(norm: .l2, lambda: .nan, method: .doubleBackpropagation)),
            ("h is 0", GradientRegularisation(norm: .l1, lambda: 1, method: .finiteDifference(0))),
        ]
        for (words, defense) in cases {
            #expect {
                try Trainer(TinyTraining.network(), defense, on: TinyTraining.images(), TinyTraining.settings)
            } throws: { "\($0)".contains(words) && ($0 is TrainingError || $0 is AttackError) }
        }
    }

    /// A ball without radius holds the image alone.
    @Test(arguments: Norm.allCases)
    func radiusZeroIsStandardTraining(_ norm: Norm) throws {
        let attack = ProjectedGradient(ball: Ball(norm, radius: 0), stepSize: 0.1, steps: 2)
        func trained(_ defense: any Defense) throws -> [[UInt64]] {
            try TinyTraining.finished(
                Trainer(TinyTraining.network(), defense, on: TinyTraining.images(), TinyTraining.settings)).bits
        }
        #expect(try trained(AdversarialTraining(attack: attack)) == trained(StandardTraining()))
    }

    /// All networks train, the largest too: a step moves every parameter and leaves it finite. Where the last layer begins at
    /// 0, the first step moves that layer alone.
    @Test(arguments: Architecture.allCases)
    func everyArchitectureTakesAStep(_ architecture: Architecture) throws {
        let shape = architecture.isForColour ? [3, 32, 32] : [1, 28, 28]
        let images = try LabelledImages(
            name: "two", split: .train, pixels: .uint8((0..<2 * shape.elementCount).map { UInt8($0 * 37 % 251) }), count: 2,
            shape: shape, labels: [0, 1], source: "two")
        let network = try architecture.network(imageShape: shape, classCount: 2, seed: 0)
        let settings = TrainingSettings(epochs: architecture == .tradesSmallCNN ? 2 : 1, batchSize: 2, learningRate: 0.01)
        let trainer = try TinyTraining.finished(Trainer(network, StandardTraining(), on: images, settings))
        for name in network.parameters.keys { #expect(trainer.parameters[name] != network.parameters[name], "\(name)") }
        #expect(try trainer.trainedNetwork().parameters == trainer.parameters)
    }

    @Test(arguments: [Architecture.mlp, .lenet, .tradesNet])
    func syntheticDigitsAreLearned(_ architecture: Architecture) throws {
        let (train, test) = (
            try DatasetSource.synthetic.load(.train, under: DatasetRoot()),
            try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        )
        let accuracy = try TinyTraining.mean { given in
            let settings = TrainingSettings(epochs: 2, batchSize: 32, learningRate: 0.05, seed: given.seed)
            let network = try architecture.network(imageShape: train.shape, classCount: 10, seed: given.seed)
            let trainer = try TinyTraining.finished(Trainer(network, StandardTraining(), on: train, settings))
            let images = Node.constant(test.images(at: Array(0..<500)))
            let logits = try Program(computing: [trainer.trainedNetwork().logits(of: images)], from: [])
                .makeExecutor().run([])[0]
            let correct = (0..<500).count { i in
                let row = logits.values[10 * i..<10 * i + 10]
                return row.firstIndex(of: row.max() ?? 0) == row.startIndex + test.label(at: i)
            }
            return Double(correct) / 500
        }
        #expect(accuracy > 0.9)
    }
}

extension Architecture {
    /// Whether its papers train it on CIFAR.
    fileprivate var isForColour: Bool {
        switch self {
        case .resnet20, .resnet110, .resnet18, .wrn34x10: true
        case .mlp, .lenet, .smallcnn, .tradesSmallCNN, .tradesNet, .binarycnn, .madry, .wong: false
        }
    }
}
