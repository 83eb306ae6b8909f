/// How long and how fast to train, and with which random numbers.
public struct TrainingSettings: Sendable, Hashable, Codable {
    public var epochs: Int
    /// Images per step; an even number, as two workers share a batch.
    public var batchSize: Int
    public var learningRate: Float
    public var optimiser: Optimiser
    public var schedule: Schedule
    /// Everything random follows from it.
    public var seed: UInt64

    public init(
        epochs: Int, batchSize: Int = 128, learningRate: Float = 0.01,
        optimiser: Optimiser = .sgd(momentum: 0.9, weightDecay: 1e-4, isNesterov: false), schedule: Schedule = .constant,
        seed: UInt64 = 0
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.optimiser = optimiser
        self.schedule = schedule
        self.seed = seed
    }
}

/// Why training could not begin or go on.
public struct TrainingError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
