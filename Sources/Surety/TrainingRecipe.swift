import SuretyDatasets
import SuretyNetworks
import SuretyTraining

/// What is asked of a training: by a recipe, by options, or by both. What nobody asked for is nil.
///
/// The keys of a recipe are the names of the options.
public struct TrainingRecipe: Equatable, Sendable {
    /// Nothing asked for.
    public init() {}

    public enum OptimiserName: String, CaseIterable, Sendable { case sgd, adam }
    public enum ScheduleName: String, CaseIterable, Sendable { case constant, steps, cosine }

    /// What it is for, in a line.
    public var description: String?

    public var defense: String?
    /// The defense's own settings.
    public var set: [String: String] = [:]

    public var arch: Architecture?
    /// A model to begin from.
    public var start: String?
    /// The normalisation in front of the network.
    public var mean, std: [Float]?

    public var data: String?
    public var split: Split?
    /// An archive of further images.
    public var unlabelled: String?
    /// The model that gives those their classes.
    public var pseudoLabels: String?
    /// The border of a random crop, in pixels.
    public var crop: Int?
    public var flip: Bool?

    public var epochs, batch, accumulation: Int?
    public var learningRate: Float?
    public var optimiser: OptimiserName?
    public var momentum, weightDecay: Float?
    public var nesterov: Bool?
    public var schedule: ScheduleName?
    public var milestones: [Int]?
    public var decay: Float?
    public var warmUpEpochs: Int?
    public var seed: UInt64?

    /// This one, and what it leaves open as `other` has it. What belongs to a choice goes with it: with another defense,
    /// optimiser or schedule, the other's settings of its own are of no use.
    public func completed(by other: Self) -> Self {
        let keepsDefense = defense == nil || defense == other.defense
        let keepsOptimiser = optimiser == nil || optimiser == other.optimiser
        let keepsSchedule = schedule == nil || schedule == other.schedule
        var all = self
        func complete<Value>(_ key: WritableKeyPath<Self, Value?>, where isOf: Bool = true) {
            all[keyPath: key] = self[keyPath: key] ?? (isOf ? other[keyPath: key] : nil)
        }
        for text in [\Self.description, \.defense, \.start, \.data, \.unlabelled, \.pseudoLabels] { complete(text) }
        for number in [\Self.crop, \.epochs, \.batch, \.accumulation, \.warmUpEpochs] { complete(number) }
        if keepsDefense { all.set = set.merging(other.set) { mine, _ in mine } }
        complete(\.arch)
        complete(\.mean)
        complete(\.std)
        complete(\.split)
        complete(\.flip)
        complete(\.learningRate)
        complete(\.optimiser)
        complete(\.weightDecay)
        complete(\.momentum, where: keepsOptimiser)
        complete(\.nesterov, where: keepsOptimiser)
        complete(\.schedule)
        complete(\.milestones, where: keepsSchedule)
        complete(\.decay, where: keepsSchedule)
        complete(\.seed)
        return all
    }
}

extension TrainingRecipe {
    /// A value that cannot be.
    public struct Problem: Error {
        /// The key, or option, to which it was given.
        public let key: String
        public let description: String
    }

    /// - Throws: `Problem` for the first value out of its range.
    public func check() throws(Problem) {
        try Self.check("epochs", epochs, "lie between 1 and 100000") { (1...100_000).contains($0) }
        try Self.check("batch", batch, "lie between 2 and 1000000") { (2...1_000_000).contains($0) }
        try Self.check("accumulation", accumulation, "lie between 1 and 100000") { (1...100_000).contains($0) }
        try Self.check("learning-rate", learningRate, "be positive and finite") { $0 > 0 && $0.isFinite }
        try Self.check("momentum", momentum, "be at least 0 and below 1") { $0 >= 0 && $0 < 1 }
        try Self.check("weight-decay", weightDecay, "be at least 0") { $0 >= 0 && $0.isFinite }
        try Self.check("milestones", milestones, "be whole numbers of epochs, at least 1") {
            !$0.isEmpty && $0.allSatisfy { (1...100_000).contains($0) }
        }
        try Self.check("decay", decay, "be positive") { $0 > 0 && $0.isFinite }
        try Self.check("warm-up-epochs", warmUpEpochs, "lie between 0 and 100000") { (0...100_000).contains($0) }
        try Self.check("crop", crop, "lie between 0 and 64 pixels") { (0...64).contains($0) }
        try Self.check("mean", mean, "be finite") { $0.allSatisfy(\.isFinite) }
        try Self.check("std", std, "be positive") { $0.allSatisfy { $0 > 0 && $0.isFinite } }
    }

    private static func check<Value>(
        _ key: String, _ value: Value?, _ demand: String, _ holds: (Value) -> Bool
    ) throws(Problem) {
        if let value, !holds(value) { throw Problem(key: key, description: "\(key) is \(value): it must \(demand).") }
    }
}
