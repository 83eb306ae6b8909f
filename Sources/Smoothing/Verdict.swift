import SuretyTensors

/// What the votes on one image allow to be said.
public struct Verdict: Sendable, Equatable {
    /// What is said about the smoothed classifier.
    public enum Outcome: Sendable, Equatable {
        /// The smoothed classifier answers `class`, even after any perturbation whose norm is below `radius`.
        case certified(class: Int, radius: Double, norm: Norm)
        /// The smoothed classifier answers `class`.
        case predicted(class: Int)
        /// Too few votes, or too close, to say anything.
        case abstained
    }

    /// The numbers between the counts and the outcome.
    public enum Evidence: Sendable, Equatable {
        /// Bounds on the probability of the class and, for the two-bound radius, on that of every other class.
        case bounds(pALower: Double, pBUpper: Double?)
        /// The p-value of the two largest counts.
        case test(pValue: Double)
    }

    /// A class with a radius, a class alone, or an abstention.
    public let outcome: Outcome
    /// The bounds or the p-value that the outcome follows from.
    public let evidence: Evidence
    /// The probability that the outcome is true, over the noise drawn: 1 − α.
    public let confidence: Double
    /// The radius beyond which nothing was decided, because more samples were not worth the cost; nil if as much was decided
    /// as samples allow.
    public let undecidedBeyond: Double?
    /// Whether the image may be continued: the run's time was over before the image's votes decided.
    public let isOpen: Bool

    /// - Parameters:
    ///   - confidence: 1 − α, where α is the level that the outcome was decided at.
    ///   - undecidedBeyond: The radius at which an image stopped before everything was decided.
    ///   - isOpen: Whether the image may be continued.
    public init(
        _ outcome: Outcome, _ evidence: Evidence, confidence: Double, undecidedBeyond: Double? = nil, isOpen: Bool = false
    ) {
        (self.outcome, self.evidence, self.confidence) = (outcome, evidence, confidence)
        (self.undecidedBeyond, self.isOpen) = (undecidedBeyond, isOpen)
    }

    /// The class answered; nil for an abstention.
    public var answer: Int? {
        switch outcome {
        case .certified(let answer, _, _), .predicted(let answer): answer
        case .abstained: nil
        }
    }

    /// The certified radius, in the norm of the outcome; nil for predictions and abstentions.
    public var radius: Double? {
        if case .certified(_, let radius, _) = outcome { radius } else { nil }
    }

    /// Whether further samples might have certified an image at `radius`, where 0 means any: the rule for all who keep of a verdict
    /// only its answer and the radius beyond which nothing was decided.
    package static func isUndecided(at radius: Double, answer: Int?, beyond: Double?) -> Bool {
        beyond.map { answer == nil || $0 < radius } ?? false
    }
}
