import SuretyRecords
import SuretySmoothing

/// What is known about one image and one classifier: it answers the same within the certified radius, it is wrong at the
/// distance of the nearest adversarial image, and the true radius lies between.
public struct Bracket: Sendable, Equatable {
    /// What is guaranteed: no perturbation below the radius changes the class.
    public struct Guarantee: Sendable, Equatable {
        /// The radius, rounded down; 0 for an abstention, or if nothing is proven.
        public let radius: Double
        /// The class answered; nil for an abstention, which has radius 0.
        public let answer: Int?
        /// How far it can be trusted: proven, or true with high probability.
        public let standing: Standing
        /// The radius beyond which nothing was decided, because the image stopped before; nil if it was decided.
        public let undecidedBeyond: Double?

        /// Whether further samples might have certified the image at `radius`: 0 means any radius.
        public func isUndecided(at radius: Double) -> Bool {
            Verdict.isUndecided(at: radius, answer: answer, beyond: undecidedBeyond)
        }
    }

    /// The nearest adversarial image found.
    public struct Attack: Sendable, Equatable {
        /// How far it lies from the image, in the report's norm; 0 if the image itself is misclassified.
        public let distance: Double
        /// The class that the classifier gives it; nil if there is none, for instance when a smoothed classifier abstains.
        public let answer: Int?
        /// The attack that found it; nil if the image itself is misclassified.
        public let name: String?
    }

    /// Radii that are only estimates, not guarantees.
    public enum Estimate: String, Sendable, CaseIterable {
        /// The L-bound, from the Lipschitz constant of the loss on logits.
        case lipschitzOnLogits = "L-bound, logits"
        /// The ω-bound, from the modulus of continuity of the loss on logits.
        case modulusOnLogits = "ω-bound, logits"
        /// The L-bound, for the loss on probabilities.
        case lipschitzOnProbabilities = "L-bound, probabilities"
        /// The ω-bound, for the loss on probabilities.
        case modulusOnProbabilities = "ω-bound, probabilities"
        /// The ω⁺-bound (`ModulusKind.sharp`), for the loss on logits.
        case sharpOnLogits = "ω⁺-bound, logits"
        /// The ω⁺-bound, for the loss on probabilities.
        case sharpOnProbabilities = "ω⁺-bound, probabilities"
    }

    /// The image's index in its data set.
    public let image: Int
    /// The image's true class.
    public let label: Int
    /// The guarantees. At most one of them has a probability below 1: the larger of two such radii would hold with a lower
    /// probability. See `RobustnessReport`.
    public internal(set) var guarantees: [Guarantee] = []
    /// The estimates by kind; the smallest if there are several runs.
    public internal(set) var estimates: [Estimate: Double] = [:]
    /// How far attacks in this norm looked for an adversarial image: the largest radius given, infinite for attacks that need
    /// none; nil if there was no attack.
    public internal(set) var searchedRadius: Double?
    /// The nearest adversarial image for each answer, whatever norm its attack minimised.
    private var nearest: [Int?: Attack] = [:]
    /// Whether the classifier answers the label for the clean image, if a run of attacks or bounds asked it.
    private var isRight: Bool?

    init(image: Int, label: Int) { (self.image, self.label) = (image, label) }

    /// Whether the image was attacked in this norm.
    public var isAttacked: Bool { searchedRadius != nil }

    /// The nearest adversarial image, always the same one where two are equally near; nil if none was found.
    public var attack: Attack? {
        nearest.values.min { ($0.distance, $0.name ?? "", $0.answer ?? -1) < ($1.distance, $1.name ?? "", $1.answer ?? -1) }
    }

    mutating func add(_ attack: Attack) {
        if attack.distance < nearest[attack.answer]?.distance ?? .infinity { nearest[attack.answer] = attack }
    }

    /// Takes the classifier's answer for the clean image; one wrong answer makes it wrong.
    mutating func add(answer: Int?) { isRight = isRight ?? true && answer == label }

    /// The largest radius within which the answer is guaranteed to be the label; nil if nothing was certified.
    public var certifiedRadius: Double? { radius { _ in true } }

    /// The largest radius within which the label is guaranteed with probability 1 − α; 0 if the certificate is for another
    /// class, or an abstention; nil without a certificate.
    public var probableRadius: Double? { radius { $0.alpha != nil } }
    /// The largest proven radius, likewise; nil if no proof was sought.
    public var provenRadius: Double? { radius { $0.alpha == nil } }

    private func radius(_ isWanted: (Standing) -> Bool) -> Double? {
        guarantees.contains { isWanted($0.standing) } ? rightRadius(isWanted) ?? 0 : nil
    }

    /// The largest radius of those guarantees that are for the label, which may be 0; nil if there are none.
    func rightRadius(_ isWanted: (Standing) -> Bool) -> Double? {
        guarantees.filter { isWanted($0.standing) && $0.answer == label }.map(\.radius).max()
    }

    /// Whether the classifier answers the label for the clean image, if that is known.
    public var isCorrect: Bool? {
        isRight ?? (guarantees.isEmpty ? nil : guarantees.contains { $0.answer == label })
    }

    /// The width of the bracket; nil if one side of it is missing.
    public var gap: Double? {
        guard let attack, let certified = certifiedRadius, attack.distance > 0 else { return nil }
        return attack.distance - certified
    }

    /// The contradicted guarantees, each with the nearest adversarial image that contradicts it: one with another answer,
    /// inside the guaranteed radius. A proof also holds on the edge of its ball.
    var contradictions: [(guarantee: Guarantee, attack: Attack)] {
        let attacks = nearest.values.sorted { $0.distance < $1.distance }
        return guarantees.compactMap { guarantee in
            attacks.first { attack in
                guard guarantee.answer != nil, attack.answer != guarantee.answer else { return false }
                return switch guarantee.standing {
                // An abstention of PREDICT contradicts nothing.
                case .highProbability, .floatNoise: attack.answer != nil && attack.distance < guarantee.radius
                // A radius of 0 guarantees nothing.
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
