import SuretyTensors

/// What the votes on one image allow to say.
public struct Verdict: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// The smoothed classifier answers `class`, also after any perturbation whose norm is below `radius`.
        case certified(class: Int, radius: Double, norm: Norm)
        /// The smoothed classifier answers `class`.
        case predicted(class: Int)
        /// Too few votes, or too close, to say anything.
        case abstained
    }

    /// The numbers between the counts and the outcome.
    public enum Evidence: Sendable, Equatable {
        /// Bounds of the probability of the class and, for the two-bound radius, of every other class.
        case bounds(pALower: Double, pBUpper: Double?)
        /// The p-value of the two largest counts.
        case test(pValue: Double)
    }

    public let outcome: Outcome
    public let evidence: Evidence
    /// The probability with which the outcome is true, over the noise drawn: 1 − α.
    public let confidence: Double

    public init(_ outcome: Outcome, _ evidence: Evidence, confidence: Double) {
        (self.outcome, self.evidence, self.confidence) = (outcome, evidence, confidence)
    }

    /// The class answered; nil for an abstention.
    public var answer: Int? {
        switch outcome {
        case .certified(let answer, _, _), .predicted(let answer): answer
        case .abstained: nil
        }
    }

    /// The certified radius; nil without one.
    public var radius: Double? {
        if case .certified(_, let radius, _) = outcome { radius } else { nil }
    }
}
