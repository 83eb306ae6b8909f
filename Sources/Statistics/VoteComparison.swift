import CSuretyGSL

/// The exact one-sided test whether a first sample's votes for a class are too many beside those of a second: Fisher's.
///
///     try VoteComparison.pValue(votes: 990, of: 1000, freshVotes: 940, of: 1000)   // 10⁻⁹: not of one probability
///
/// Given how many votes there are in both together, under one probability the first's share is hypergeometric.
public enum VoteComparison {
    /// How likely at least so many of all votes would be among the first sample's, were both drawn with one probability.
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
