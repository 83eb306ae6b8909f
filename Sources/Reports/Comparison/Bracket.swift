import Certification

/// What is known of one image and one classifier: it answers the same within the certified radius, it errs at the distance of
/// the nearest adversarial image, and the true radius lies between.
public struct Bracket: Sendable, Equatable {
    /// What is guaranteed: no perturbation below the radius changes the class.
    public struct Guarantee: Sendable, Equatable {
        /// How far it may be trusted.
        public enum Standing: Sendable, Equatable {
            /// True with probability 1 − α, over the noise drawn.
            case highProbability(alpha: Double)
            /// Without exception, as far as the program is right.
            case proven(method: String)
        }

        public let radius: Double
        /// The class answered; nil for an abstention, with the radius 0.
        public let answer: Int?
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
    }

    public let image: Int
    public let label: Int
    /// Of several runs the largest.
    public internal(set) var guarantees: [Guarantee] = []
    public internal(set) var estimates: [Estimate: Double] = [:]
    /// Whether the image was attacked at all.
    public internal(set) var isAttacked = false
    public internal(set) var attack: Attack?
    /// What the classifier answers to the image itself, where bounds were sought.
    var answer: Int?

    init(image: Int, label: Int) { (self.image, self.label) = (image, label) }

    /// The largest radius within which the answer is guaranteed to be the label; nil where nothing was certified.
    public var certifiedRadius: Double? { radius { _ in true } }

    /// The largest with probability 1 − α, and the largest proven.
    public var probableRadius: Double? { radius { if case .highProbability = $0 { true } else { false } } }
    public var provenRadius: Double? { radius { if case .proven = $0 { true } else { false } } }

    private func radius(_ isWanted: (Guarantee.Standing) -> Bool) -> Double? {
        guarantees.filter { isWanted($0.standing) }.map { $0.answer == label ? $0.radius : 0 }.max()
    }

    /// Whether the classifier answers the label to the image itself, as far as that is known.
    public var isCorrect: Bool? {
        if isAttacked { return attack.map { $0.distance > 0 } ?? true }
        if let answer { return answer == label }
        return guarantees.isEmpty ? nil : guarantees.contains { $0.answer == label }
    }

    /// How much room the bracket leaves; nil where one side of it is missing.
    public var gap: Double? {
        guard let attack, let certified = certifiedRadius, attack.distance > 0 else { return nil }
        return attack.distance - certified
    }

    /// What is contradicted: another answer, found inside the radius for which this one is guaranteed.
    var contradicted: [Guarantee] {
        guard let attack else { return [] }
        return guarantees.filter { guarantee in
            guard attack.distance < guarantee.radius, guarantee.answer != nil else { return false }
            switch guarantee.standing {
            // That PREDICT abstains contradicts nothing.
            case .highProbability: return attack.answer != nil && attack.answer != guarantee.answer
            case .proven: return attack.answer != guarantee.answer
            }
        }
    }

    /// The estimates that the attack shows to be too large.
    var beaten: [Estimate] {
        guard let attack, attack.distance > 0 else { return [] }
        return estimates.filter { attack.distance < $0.value }.map(\.key)
    }
}
