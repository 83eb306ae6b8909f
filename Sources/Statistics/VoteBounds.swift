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

    /// Clopper–Pearson bounds that hold together with confidence 1 − α: one at level α, or two at α/2 each.
    ///
    /// - Parameters:
    ///   - votes: votes for the class.
    ///   - runnerUp: votes for the most frequent other class; nil to do without.
    /// - Throws: `StatisticsError` for more votes than samples or a level outside (0, 1).
    public init(votes: Int, runnerUp: Int? = nil, samples: Int, alpha: Double) throws(StatisticsError) {
        try StatisticsError.requireLevel(alpha, "alpha")
        guard let runnerUp else {
            pALower = try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: alpha)
            pBUpper = nil
            return
        }
        pALower = try ClopperPearson.lowerBound(successes: votes, trials: samples, alpha: alpha / 2)
        pBUpper = try ClopperPearson.upperBound(successes: runnerUp, trials: samples, alpha: alpha / 2)
        let (sum, overflow) = votes.addingReportingOverflow(runnerUp)
        guard !overflow, sum <= samples else {
            throw .countsOutOfRange(successes: overflow ? .max : sum, trials: samples)
        }
    }
}
