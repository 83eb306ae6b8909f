import CSuretyGSL

/// Fisher's exact one-sided test of whether a first sample has too many votes for a class compared with a second sample.
///
///     try VoteComparison.pValue(votes: 990, of: 1000, freshVotes: 940, of: 1000)   // 10⁻⁹: not of one probability
///
/// Given the total number of votes in both, the first sample's share is hypergeometric if both have the same probability.
public enum VoteComparison {
    /// The probability that at least this many of all votes fall in the first sample, if both are drawn with the same
    /// probability.
    ///
    /// - Throws: `StatisticsError` for more votes than samples.
    public static func pValue(
        votes: Int, of samples: Int, freshVotes: Int, of freshSamples: Int
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(votes, of: samples)
        try StatisticsError.requireCounts(freshVotes, of: freshSamples)
        if votes == 0 { return 1 }
        guard let first = UInt32(exactly: samples), let second = UInt32(exactly: freshSamples),
            let all = UInt32(exactly: votes + freshVotes)
        else { throw .notComputable("the p-value of \(votes) of \(samples) votes beside \(freshVotes) of \(freshSamples)") }
        GSL.silenceErrors
        let value = gsl_cdf_hypergeometric_Q(UInt32(votes - 1), first, second, all)
        guard value.isFinite else { throw .notComputable("the p-value of \(votes) of \(samples) votes beside \(freshVotes) of \(freshSamples)") }
        return min(1, value * (1 + 1e-6))
    }
}
