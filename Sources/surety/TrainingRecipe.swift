import Datasets
import Networks
import Training

/// What is asked of a training: by a recipe, by options, or by both. What nobody asked for is nil.
///
/// The keys of a recipe are the names of the options.
struct TrainingRecipe: Equatable {
    enum OptimiserName: String, CaseIterable { case sgd, adam }
    enum ScheduleName: String, CaseIterable { case constant, steps, cosine }

    /// What it is for, in a line.
    var description: String?

    var defense: String?
    /// The defense's own settings.
    var set: [String: String] = [:]

    var arch: Architecture?
    /// A model to begin from.
    var start: String?
    /// The normalisation in front of the network.
    var mean, std: [Float]?

    var data: String?
    var split: Split?
    /// An archive of further images.
    var unlabelled: String?
    /// The model that gives those their classes.
    var pseudoLabels: String?
    /// The border of a random crop, in pixels.
    var crop: Int?
    var flip: Bool?

    var epochs, batch, accumulation: Int?
    var learningRate: Float?
    var optimiser: OptimiserName?
    var momentum, weightDecay: Float?
    var nesterov: Bool?
    var schedule: ScheduleName?
    var milestones: [Int]?
    var decay: Float?
    var warmUpEpochs: Int?
    var seed: UInt64?

    /// This one, and what it leaves open as `other` has it. What belongs to a choice goes with it: with another defense,
    /// optimiser or schedule, the other's settings of its own are of no use.
    func completed(by other: Self) -> Self {
        let keepsDefense = defense == nil || defense == other.defense
        let keepsOptimiser = optimiser == nil || optimiser == other.optimiser
        let keepsSchedule = schedule == nil || schedule == other.schedule
        return TrainingRecipe(
            description: description ?? other.description, defense: defense ?? other.defense,
            set: keepsDefense ? set.merging(other.set) { mine, _ in mine } : set,
            arch: arch ?? other.arch, start: start ?? other.start, mean: mean ?? other.mean, std: std ?? other.std,
            data: data ?? other.data, split: split ?? other.split, unlabelled: unlabelled ?? other.unlabelled,
            pseudoLabels: pseudoLabels ?? other.pseudoLabels, crop: crop ?? other.crop, flip: flip ?? other.flip,
            epochs: epochs ?? other.epochs, batch: batch ?? other.batch, accumulation: accumulation ?? other.accumulation,
            learningRate: learningRate ?? other.learningRate, optimiser: optimiser ?? other.optimiser,
            momentum: momentum ?? (keepsOptimiser ? other.momentum : nil), weightDecay: weightDecay ?? other.weightDecay,
            nesterov: nesterov ?? (keepsOptimiser ? other.nesterov : nil), schedule: schedule ?? other.schedule,
            milestones: milestones ?? (keepsSchedule ? other.milestones : nil),
            decay: decay ?? (keepsSchedule ? other.decay : nil), warmUpEpochs: warmUpEpochs ?? other.warmUpEpochs,
            seed: seed ?? other.seed)
    }
}

extension TrainingRecipe {
    /// A value that cannot be.
    struct Problem: Error {
        /// The key, or option, to which it was given.
        let key: String
        let description: String
    }

    /// - Throws: `Problem` for the first value out of its range.
    func check() throws(Problem) {
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
