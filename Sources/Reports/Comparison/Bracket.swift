import SuretyRecords

/// What is known of one image and one classifier: it answers the same within the certified radius, it errs at the distance of
/// the nearest adversarial image, and the true radius lies between.
public struct Bracket: Sendable, Equatable {
    /// What is guaranteed: no perturbation below the radius changes the class.
    public struct Guarantee: Sendable, Equatable {
        public let radius: Double
        /// The class answered; nil for an abstention, with the radius 0.
        public let answer: Int?
        /// How far it may be trusted: proven, or true with high probability.
        public let standing: Standing
    }

    /// The nearest adversarial image found.
    public struct Attack: Sendable, Equatable {
        public let distance: Double
        /// The class it is given; nil for none, as when a smoothed classifier abstains.
        public let answer: Int?
        /// Nil where the image itself is misclassified.
        public let name: String?
    }

    /// Radii that are estimates: no guarantee.
    public enum Estimate: String, Sendable, CaseIterable {
        case lipschitzOnLogits = "L-bound, logits"
        case modulusOnLogits = "ω-bound, logits"
        case lipschitzOnProbabilities = "L-bound, probabilities"
        case modulusOnProbabilities = "ω-bound, probabilities"
        case sharpOnLogits = "ω⁺-bound, logits"
        case sharpOnProbabilities = "ω⁺-bound, probabilities"
    }

    public let image: Int
    public let label: Int
    /// At most one that is true with a probability, as of two the larger would be true with less: see `RobustnessReport`.
    public internal(set) var guarantees: [Guarantee] = []
    /// The smallest of several runs.
    public internal(set) var estimates: [Estimate: Double] = [:]
    /// How far attacks in this norm looked for an adversarial image: the largest radius given, infinite for attacks that need
    /// none; nil where there was no attack.
    public internal(set) var searchedRadius: Double?
    /// The nearest adversarial image for each answer, whatever norm its attack kept small.
    private var nearest: [Int?: Attack] = [:]
    /// Whether the classifier answers the label to the image itself, where it was asked in a run of attacks or bounds.
    private var isRight: Bool?

    init(image: Int, label: Int) { (self.image, self.label) = (image, label) }

    /// Whether the image was attacked in this norm.
    public var isAttacked: Bool { searchedRadius != nil }

    /// The nearest adversarial image; of two as near, always the same.
    public var attack: Attack? {
        nearest.values.min { ($0.distance, $0.name ?? "", $0.answer ?? -1) < ($1.distance, $1.name ?? "", $1.answer ?? -1) }
    }

    mutating func add(_ attack: Attack) {
        if attack.distance < nearest[attack.answer]?.distance ?? .infinity { nearest[attack.answer] = attack }
    }

    /// Takes what the classifier answered to the image itself; wrong once is wrong.
    mutating func add(answer: Int?) { isRight = isRight ?? true && answer == label }

    /// The largest radius within which the answer is guaranteed to be the label; nil where nothing was certified.
    public var certifiedRadius: Double? { radius { _ in true } }

    /// The largest with probability 1 − α, and the largest proven.
    public var probableRadius: Double? { radius { $0.alpha != nil } }
    public var provenRadius: Double? { radius { $0.alpha == nil } }

    private func radius(_ isWanted: (Standing) -> Bool) -> Double? {
        guarantees.contains { isWanted($0.standing) } ? rightRadius(isWanted) ?? 0 : nil
    }

    /// The largest radius of those guarantees that are for the label, which may be 0; nil where there are none.
    func rightRadius(_ isWanted: (Standing) -> Bool) -> Double? {
        guarantees.filter { isWanted($0.standing) && $0.answer == label }.map(\.radius).max()
    }

    /// Whether the classifier answers the label to the image itself, as far as that is known.
    public var isCorrect: Bool? {
        isRight ?? (guarantees.isEmpty ? nil : guarantees.contains { $0.answer == label })
    }

    /// How much room the bracket leaves; nil where one side of it is missing.
    public var gap: Double? {
        guard let attack, let certified = certifiedRadius, attack.distance > 0 else { return nil }
        return attack.distance - certified
    }

    /// What is contradicted, each guarantee by the nearest attack that does: another answer, inside the radius for which this
    /// one is guaranteed. A proof holds on the edge of its ball too.
    var contradictions: [(guarantee: Guarantee, attack: Attack)] {
        let attacks = nearest.values.sorted { $0.distance < $1.distance }
        return guarantees.compactMap { guarantee in
            attacks.first { attack in
                guard guarantee.answer != nil, attack.answer != guarantee.answer else { return false }
                return switch guarantee.standing {
                // That PREDICT abstains contradicts nothing.
                case .highProbability: attack.answer != nil && attack.distance < guarantee.radius
                // A radius of 0 is none.
                case .proven: attack.distance <= guarantee.radius && guarantee.radius > 0
                case .estimate: false
                }
            }.map { (guarantee, $0) }
        }
    }

    /// The estimates that the attack shows to be too large.
    var beaten: [Estimate] {
        guard let attack, attack.distance > 0 else { return [] }
        return estimates.filter { attack.distance < $0.value }.map(\.key)
    }
}
