import SuretyDatasets
import SuretyNetworks
import SuretyTraining

/// What is asked of a training, by a recipe, by options, or by both. Everything else is nil.
///
/// The keys of a recipe are the names of the options.
public struct TrainingRecipe: Equatable, Sendable {
    /// Nothing asked for.
    public init() {}

    /// How the learning rate falls: never, at milestones, or along half a cosine.
    public enum ScheduleName: String, CaseIterable, Sendable { case constant, steps, cosine }

    /// What it is for, in a line.
    public var description: String?

    /// The defense's name in the catalogue.
    public var defense: String?
    /// The defense's own settings.
    public var set: [String: String] = [:]

    /// The network to train.
    public var arch: Architecture?
    /// A model to begin from.
    public var start: String?
    /// The means and standard deviations that pixels are normalised with in front of the network, one per channel; both, or
    /// neither.
    public var mean, std: [Float]?

    /// The training images: a data set by its name or path.
    public var data: String?
    /// The part of that data set; `.train` if nil.
    public var split: Split?
    /// An archive of further images.
    public var unlabelled: String?
    /// The model that gives those images their classes.
    public var pseudoLabels: String?
    /// The border of a random crop, in pixels.
    public var crop: Int?
    /// Whether half of the images, drawn at random in each epoch, are mirrored left to right; false if nil.
    public var flip: Bool?

    /// Passes over all images; images in a batch, 128 if nil; parts in which a batch is processed, 1 if nil.
    public var epochs, batch, accumulation: Int?
    /// The step size before the schedule, above 0; 0.01 if nil.
    public var learningRate: Float?
    /// How the gradient becomes a step; `.sgd` if nil.
    public var optimiser: Optimiser.Name?
    /// SGD's momentum, in [0, 1), 0.9 if nil; and the ℓ2 penalty of weights, 10⁻⁴ for SGD and 0 for Adam if nil.
    public var momentum, weightDecay: Float?
    /// Whether SGD's momentum is Nesterov's; false if nil.
    public var nesterov: Bool?
    /// How the learning rate falls; `.constant` if nil.
    public var schedule: ScheduleName?
    /// After how many epochs `.steps` changes the rate, for each change; one and two thirds of all epochs if nil.
    public var milestones: [Int]?
    /// What `.steps` multiplies the rate by at each milestone; 0.1 if nil.
    public var decay: Float?
    /// Epochs over which the rate first rises from nothing; 0 if nil.
    public var warmUpEpochs: Int?
    /// The seed that everything random follows from; 0 if nil.
    public var seed: UInt64?

    /// This recipe, completed from `other` where it leaves something open. The settings that belong to a choice go with it:
    /// those of the other's defense, optimiser or schedule are taken only if the choice is the same.
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
    /// A value outside its range.
    public struct Problem: Error {
        /// The key, or option, to which it was given.
        public let key: String
        /// The whole message: the value, and what it must be.
        public let description: String
    }

    /// - Throws: `Problem` for the first value outside its range.
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
