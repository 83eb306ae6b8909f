import SuretyAttacks

/// How long and how fast to train, and with which random numbers.
public struct TrainingSettings: Sendable, Hashable, Codable {
    /// Passes over the training images, at least 1.
    public var epochs: Int
    /// Images per step; an even number, as two workers share a batch.
    public var batchSize: Int
    /// The full rate, which the schedule scales.
    public var learningRate: Float
    /// How the parameters follow their gradients.
    public var optimiser: Optimiser
    /// How the rate falls from epoch to epoch.
    public var schedule: Schedule
    /// Epochs over which the rate first rises from nothing.
    public var warmUpEpochs: Int
    /// Shifts and mirrorings of the images.
    public var augmentation: Augmentation
    /// Parts in which a batch is processed, with their gradients added up before the step: for batches larger than memory. 1
    /// for networks with batch normalisation, whose statistics are those of the whole batch.
    public var accumulation: Int
    /// The seed that everything random follows from.
    public var seed: UInt64

    /// Settings as given; `Trainer` refuses settings with which nothing can be trained.
    public init(
        epochs: Int, batchSize: Int = 128, learningRate: Float = 0.01,
        optimiser: Optimiser = .sgd(momentum: 0.9, weightDecay: 1e-4, isNesterov: false), schedule: Schedule = .constant,
        warmUpEpochs: Int = 0, augmentation: Augmentation = .none, accumulation: Int = 1, seed: UInt64 = 0
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.optimiser = optimiser
        self.schedule = schedule
        self.warmUpEpochs = warmUpEpochs
        self.augmentation = augmentation
        self.accumulation = accumulation
        self.seed = seed
    }

    /// - Throws: `TrainingError` for settings with which nothing can be trained, saying which.
    func check(workers: Int) throws(TrainingError) {
        guard epochs >= 1 else { throw TrainingError("epochs is \(epochs): it must be at least 1") }
        guard batchSize >= 2, batchSize % workers == 0 else {
            throw TrainingError("the batch size is \(batchSize): two workers share a batch, so it must be even")
        }
        guard accumulation >= 1, batchSize % (workers * accumulation) == 0 else {
            throw TrainingError("""
                the batch size is \(batchSize) and the accumulation \(accumulation): each of the two workers' halves must \
                divide into \(accumulation) equal parts
                """)
        }
        guard learningRate > 0, learningRate.isFinite else {
            throw TrainingError("the learning rate is \(learningRate): it must be positive and finite")
        }
        guard warmUpEpochs >= 0 else { throw TrainingError("the warm-up is \(warmUpEpochs) epochs: it must be at least 0") }
        guard (0...64).contains(augmentation.shift) else {
            throw TrainingError("the shift is \(augmentation.shift) pixels: it must lie between 0 and 64")
        }
    }
}

/// Why training could not begin or go on.
public struct TrainingError: DescribedError, Equatable, Sendable {
    /// What is wrong, and what to do.
    public let description: String

    /// An error with these words.
    public init(_ description: String) { self.description = description }
}
