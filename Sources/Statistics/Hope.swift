import CSuretyGSL

/// The chance that a sequential test reaches its aim yet. Nothing that is certified depends on it, only when to give up.
public enum Hope {
    /// The probability, judged by the successes so far, that there will be `needed` of them when `cap` samples are drawn.
    ///
    /// The rate is distributed as Beta(A+1, N−A+1) given A of N (a uniform prior), and the R samples to come must have a share of
    /// (needed − A − ½)/R. That share varies more than the rate does, by the chance in R samples; so the posterior's parameters are
    /// made smaller, by the factor R/(N+R), with which its variance is that of the share.
    ///
    /// - Returns: a number in [0, 1]; 1 where there are enough already, 0 where there cannot be.
    /// - Throws: `StatisticsError` for counts out of range.
    public static func chance(
        successes A: Int, trials N: Int, ofReaching needed: Int, in cap: Int
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        let missing = needed - A, left = cap - N
        if missing <= 0 { return 1 }
        if missing > left { return 0 }
        GSL.silenceErrors
        let weight = Double(left) / Double(left + N)
        let chance = gsl_cdf_beta_Q(
            (Double(missing) - 0.5) / Double(left), weight * Double(A + 1), weight * Double(N - A + 1))
        guard !chance.isNaN else { throw .notComputable("the chance of \(needed) in \(cap) after \(A) in \(N)") }
        return chance
    }
}
