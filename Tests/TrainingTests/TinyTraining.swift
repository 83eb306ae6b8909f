import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import SuretyTraining
import TestSupport

/// A data set and trainings small enough for many tests.
enum TinyTraining {
    static let shape = [1, 4, 4]

    /// Images of `classCount` classes, each bright in its own row, with a little random grey.
    static func images(count: Int = 22, classCount: Int = 3, name: String = "rows", seed: Int = 1) throws -> LabelledImages {
        var generator = SeededGenerator(seed: seed)
        let labels = (0..<count).map { $0 % classCount }
        let pixels = labels.flatMap { label in
            (0..<16).map { UInt8($0 / 4 == label ? 200 : 20) + UInt8.random(in: 0..<50, using: &generator) }
        }
        return try LabelledImages(
            name: name, split: .train, pixels: .uint8(pixels), count: count, shape: shape, labels: labels, source: name)
    }

    /// Convolution, batch normalisation, dense layer.
    static func network(width: Int = 2, classCount: Int = 3) throws -> Network {
        var generator = SeededGenerator(seed: 4)
        func values(_ shape: [Int]) -> Tensor {
            Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in Float.random(in: -0.4...0.4, using: &generator) })
        }
        var builder = try NetworkBuilder(imageShape: shape)
        try builder.add(values([width, 1, 3, 3]), as: "convolution")
        try builder.add(values([width]), as: "shift")
        try builder.add(values([width]), as: "mean")
        try builder.add(Tensor(shape: [width], repeating: 1.5), as: "scale")
        try builder.add(Tensor(shape: [width], repeating: 0.8), as: "variance")
        try builder.add(values([classCount, 4 * width]), as: "dense")
        try builder.add(values([classCount]), as: "bias")
        var top = try builder.append(.convolution(.init(), weights: "convolution", bias: nil), to: [builder.image])
        top = try builder.append(
            .batchNormalisation(.init(scale: "scale", shift: "shift", mean: "mean", variance: "variance", epsilon: 1e-5)),
            to: [top])
        top = try builder.append(.relu, to: [top])
        top = try builder.append(.reshape(to: [4 * width]), to: [top])
        top = try builder.append(.dense(weights: "dense", bias: "bias"), to: [top])
        return try builder.network(output: top)
    }

    /// Two convolutions with padding, the second of 32 channels, and a dense layer.
    static func wideNetwork(classCount: Int = 3) throws -> Network {
        var generator = SeededGenerator(seed: 6)
        var builder = try NetworkBuilder(imageShape: shape)
        let shapes = [("first", [32, 1, 3, 3]), ("second", [32, 32, 3, 3]), ("dense", [classCount, 512]), ("bias", [classCount])]
        for (name, shape) in shapes {
            let values = (0..<shape.elementCount).map { _ in Float.random(in: -0.1...0.1, using: &generator) }
            try builder.add(Tensor(shape: shape, values: values), as: name)
        }
        var top = builder.image
        for name in ["first", "second"] {
            top = try builder.append(.convolution(.init(padding: 1), weights: name, bias: nil), to: [top])
            top = try builder.append(.relu, to: [top])
        }
        top = try builder.append(.reshape(to: [512]), to: [top])
        top = try builder.append(.dense(weights: "dense", bias: "bias"), to: [top])
        return try builder.network(output: top)
    }

    /// Two dense layers with a rectifier and dropout between them: no batch normalisation.
    static func droppingNetwork(rate: Float = 0.5, classCount: Int = 3) throws -> Network {
        var generator = SeededGenerator(seed: 5)
        var builder = try NetworkBuilder(imageShape: shape)
        for (name, shape) in [("first", [8, 16]), ("shift", [8]), ("second", [classCount, 8]), ("bias", [classCount])] {
            let values = (0..<shape.elementCount).map { _ in Float.random(in: -0.4...0.4, using: &generator) }
            try builder.add(Tensor(shape: shape, values: values), as: name)
        }
        var top = try builder.append(.reshape(to: [16]), to: [builder.image])
        top = try builder.append(.dense(weights: "first", bias: "shift"), to: [top])
        top = try builder.append(.relu, to: [top])
        if rate > 0 { top = try builder.append(.dropout(.init(rate: rate)), to: [top]) }
        top = try builder.append(.dense(weights: "second", bias: "bias"), to: [top])
        return try builder.network(output: top)
    }

    /// One of each defense, with every kind of random start and noise.
    static let defenses: [any Defense] = [
        StandardTraining(),
        GaussianTraining(sigma: 0.3),
        AdversarialTraining(attack: ProjectedGradient(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 3)),
        AdversarialTraining(attack: ProjectedGradient(ball: Ball(.l2, radius: 0.5), stepSize: 0.2, steps: 3)),
        TRADES(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 3, beta: 2),
        SmoothAdversarialTraining(sigma: 0.2, copies: 2, epsilon: 0.5, steps: 2, warmUp: 3),
        SmoothAdversarialTraining(sigma: 0.2, copies: 3, epsilon: 0.5, steps: 4, attack: .ddn, isMultiNoise: false),
        GradientRegularisation(norm: .l2, lambda: 0.1, method: .doubleBackpropagation),
        GradientRegularisation(norm: .l1, lambda: 0.01, method: .finiteDifference(0.1)),
        JacobianRegularisation(lambda: 0.02, projections: 2),
        VoronoiTraining(m: 2, norm: .l2, stepNorm: .linf, stepSize: 0.06, steps: 5, warmUp: 3),
        FreeAdversarialTraining(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, uses: 2),
    ]

    static let settings = TrainingSettings(epochs: 4, batchSize: 6, learningRate: 0.05, schedule: .cosine, seed: 7)

    /// What a training comes to depends on its last bits, which differ from processor to processor: what is said of its
    /// outcome is said of a mean over these seeds.
    static let seeds: [UInt64] = [1, 2, 3]

    /// The mean of a figure over trainings with each seed.
    static func mean(of figure: (TrainingSettings) throws -> Double) throws -> Double {
        let figures = try seeds.map { seed in
            var settings = settings
            settings.seed = seed
            return try figure(settings)
        }
        return figures.reduce(0, +) / Double(figures.count)
    }

    /// Trains to the end.
    static func finished(_ trainer: Trainer) throws -> Trainer {
        var trainer = trainer
        while !trainer.isFinished { try trainer.runEpoch() }
        return trainer
    }
}

extension Trainer {
    /// Everything that must be equal when two trainings are the same, as bits.
    var bits: [[UInt64]] {
        parameters.sorted { $0.key < $1.key }.map { $0.value.values.map { UInt64($0.bitPattern) } }
            + [history.map(\.loss.bitPattern)]
    }
}
