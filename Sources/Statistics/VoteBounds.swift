/// What votes under noise say about the probabilities of classes: CERTIFY of Cohen, Rosenfeld
/// and Kolter (2019), §3.2.2, once the class is chosen.
///
///     let bounds = try VoteBounds(votes: 99_000, samples: 100_000, alpha: 0.001)
///     bounds.pALower   // 0.98898…
public struct VoteBounds: Sendable, Equatable {
    /// The class's probability is at least this.
    public let pALower: Double
    /// Every other class's probability is at most this; nil for the radius of one bound.
    public let pBUpper: Double?

    /// The Clopper–Pearson lower bound of the class's probability, at level α.
    ///
    /// - Parameter votes: votes for the class.
    /// - Throws: `StatisticsError` for more votes than samples or a level outside (0, 1).
    public init(votes: Int, samples: Int, alpha: Double) throws(StatisticsError) {
        try StatisticsError.requireLevel(alpha, "alpha")
        pALower = try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: alpha)
        pBUpper = nil
    }

    /// The lower bound of the class's probability and the upper bound of every other class's, which hold together with
    /// confidence 1 − α.
    ///
    /// - Parameters:
    ///   - votes: votes for the class.
    ///   - runnerUp: votes for the most frequent other class.
    ///   - split: how α is shared between the two.
    /// - Throws: `StatisticsError` for more votes than samples or a level outside (0, 1).
    public init(votes: Int, runnerUp: Int, samples: Int, alpha: Double, split: LevelSplit) throws(StatisticsError) {
        try StatisticsError.requireLevel(alpha, "alpha")
        let (sum, overflow) = votes.addingReportingOverflow(runnerUp)
        let pA = try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: split.pAShare * alpha)
        let pB = try ClopperPearson.upperBound(successes: runnerUp, trials: samples, alpha: split.pBShare * alpha)
        guard !overflow, sum <= samples else {
            throw .countsOutOfRange(successes: overflow ? .max : sum, trials: samples)
        }
        (pALower, pBUpper) = (pA, split.capsPB ? min(pB, Self.complementRoundedUp(pA)) : pB)
    }

    /// The bounds for a law that is at most `variation` away from the one that was drawn from: pA − variation and pB +
    /// variation, rounded away from each other. It is charged once, because the votes are honest draws of a probability.
    public func charged(_ variation: Double) -> VoteBounds {
        guard variation > 0 else { return self }
        return VoteBounds(
            pALower: max(0, (pALower - variation).nextDown), pBUpper: pBUpper.map { min(1, ($0 + variation).nextUp) })
    }

    private init(pALower: Double, pBUpper: Double?) { (self.pALower, self.pBUpper) = (pALower, pBUpper) }

    /// Whether the bounds say that Φ⁻¹(pA) − Φ⁻¹(pB) is at least `lead`, with pB ≤ 1 − pA if pB is not bounded.
    ///
    /// - Throws: `StatisticsError` if a quantile cannot be computed.
    public func exceeds(lead: Double) throws(StatisticsError) -> Bool {
        let zA = try NormalDistribution.quantileRoundedDown(pALower)
        let zB = try NormalDistribution.quantileRoundedUp(pBUpper ?? Self.complementRoundedUp(pALower))
        return (zA - zB).nextDown >= lead
    }

    /// 1 − p, never too small. The difference is exact for p ≥ ½, and rounded below.
    private static func complementRoundedUp(_ p: Double) -> Double { p >= 0.5 ? 1 - p : min(1, (1 - p).nextUp) }
}

/// How the level α is shared between the bounds of pA and pB.
///
/// The two hold together with probability 1 − α for every split, if it was fixed before the votes were counted.
public struct LevelSplit: Sendable, Equatable {
    /// The share of α that pA's bound uses.
    public let pAShare: Double
    /// Whether pB is also limited to 1 − pA's bound. That costs nothing: if pA's bound holds, so does this.
    public let capsPB: Bool

    /// .98 α for pA, .02 α for pB, and pB ≤ 1 − pA: this is never much worse than one bound at the whole level, because a
    /// bound of pB that is too loose to help is replaced by 1 − pA; and it is much better if the other votes are spread over
    /// several classes.
    public static let standard = LevelSplit(pAShare: 0.98, capsPB: true)
    /// Just α/2 each: the two-bound radius of earlier versions.
    public static let halves = LevelSplit(pAShare: 0.5, capsPB: false)

    /// The share of α that pB's bound uses: the rest, which is exact because pA's share is at least ½.
    public var pBShare: Double { 1 - pAShare }
}
