import CSuretyBoostMath

/// The exact two-sided binomial test at ½: could two counts come from a fair coin?
///
///     try BinomialTest.pValue(60, 40)   // 0.0569
///
/// PREDICT (Cohen et al. 2019, §3.2.1) abstains unless the two largest vote counts differ significantly.
///
/// Under the hypothesis the distribution is symmetric, so the two-sided p-value is twice the tail beyond the larger
/// count, at most 1. The tail I_½(m, n−m+1) comes from Boost.Math: GSL's loses ten digits or gives NaN for millions of
/// samples.
public enum BinomialTest {
    /// The p-value of `first` against `second`.
    ///
    /// - Returns: a number in (0, 1], or 0 if the true value is below the smallest double; 1 when the counts are
    ///   equal or differ by one.
    /// - Throws: `StatisticsError.countsOutOfRange` when a count is negative or both are zero.
    public static func pValue(_ first: Int, _ second: Int) throws(StatisticsError) -> Double {
        let (trials, overflow) = first.addingReportingOverflow(second)
        guard !overflow, first >= 0, second >= 0, trials >= 1 else {
            throw .countsOutOfRange(successes: first, trials: overflow ? .max : trials)
        }
        let larger = max(first, second)
        var tail = 0.0
        guard CBoostMathBeta(Double(larger), Double(trials - larger + 1), 0.5, &tail) == CBoostMathSuccess else {
            throw .notComputable("the p-value of \(first) against \(second)")
        }
        return min(1, 2 * tail)
    }
}
