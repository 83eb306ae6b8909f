import CSuretyBoostMath
import Foundation

/// The same e-values by Boost.Math: logarithms of gamma functions in extended precision, and Boost's incomplete beta function.
/// `surety verify` recomputes every look this way.
extension EValue {
    /// How far ln E may lie below the independent value, if that is above 0. Otherwise nothing depends on it, and ln E may
    /// lie below by up to ln 2 for millions of trials.
    public static func agreement(trials N: Int) -> Double { 1e-9 + 1e-12 * Double(N) }

    /// ln E by Boost.Math, to nearest; −∞ for A ≤ N·p₀.
    ///
    /// - Throws: as `logarithm`, or when Boost does not converge.
    public static func independentLogarithm(
        successes A: Int, trials N: Int, threshold p0: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        try StatisticsError.requireLevel(p0, "threshold")
        let (a, n) = (Double(A), Double(N))
        guard a > n * p0 else { return -.infinity }
        var lnB = 0.0
        guard CBoostMathLogBeta(a + 1, n - a + 0.5, &lnB) == CBoostMathSuccess else {
            throw .notComputable("Boost's e-value of \(A) in \(N) against \(p0)")
        }
        let tail = try independentTail(successes: A, trials: N, threshold: p0)
        return lnB + log(tail / 2) - (n - a + 0.5) * log1p(-p0) - a * log(p0)
    }

    /// Q(p₀; A+1, N−A+½) by Boost.Math; far above the mean it underflows to 0.
    package static func independentTail(
        successes A: Int, trials N: Int, threshold p0: Double
    ) throws(StatisticsError) -> Double {
        var tail = 0.0
        guard CBoostMathBetaComplement(Double(A) + 1, Double(N - A) + 0.5, p0, &tail) == CBoostMathSuccess else {
            throw .notComputable("Boost's incomplete beta function of \(A) in \(N) at \(p0)")
        }
        return tail
    }
}

extension TwoClassEValue {
    /// ln E by Boost.Math and a search by golden section, to nearest; −∞ if the votes do not speak against the hypothesis.
    ///
    /// - Throws: as `logarithm`, or when Boost does not converge.
    public static func independentLogarithm(
        votes A: Int, other B: Int, samples N: Int, gap D: Double
    ) throws(StatisticsError) -> Double {
        try require(A, B, N, D)
        let (a, b, c) = (Double(A), Double(B), Double(N - A - B))
        guard try excludes(A, B, N, D) else { return -.infinity }
        var (first, second) = (0.0, 0.0)
        guard CBoostMathLogBeta(a + 0.5, b + 0.5, &first) == CBoostMathSuccess,
            CBoostMathLogBeta(a + b + 1, c + 0.5, &second) == CBoostMathSuccess
        else { throw .notComputable("Boost's beta functions of \(A), \(B) and \(N - A - B)") }

        func logLikelihood(_ u: Double) throws(StatisticsError) -> Double {
            var (pA, pB, notA) = (0.0, 0.0, 0.0)
            guard CBoostMathNormalCumulative(u + D, &pA) == CBoostMathSuccess,
                CBoostMathNormalCumulative(u, &pB) == CBoostMathSuccess,
                CBoostMathNormalCumulative(-u - D, &notA) == CBoostMathSuccess
            else { throw .notComputable("Boost's normal distribution at \(u)") }
            let lnA = pA > 0.5 ? log1p(-notA) : log(pA)
            return a * lnA + (B > 0 ? b * log(pB) : 0) + (c > 0 ? c * log(max(notA - pB, 0)) : 0)
        }
        var (low, high) = (-D / 2 - 30, -D / 2)
        guard c > 0 else { return first + second - Self.normalisation - (try logLikelihood(high)) }
        let golden = (5.0.squareRoot() - 1) / 2
        for _ in 0..<100 {
            let (x, y) = (high - golden * (high - low), low + golden * (high - low))
            if try logLikelihood(x) < logLikelihood(y) { low = x } else { high = y }
        }
        return first + second - Self.normalisation - (try logLikelihood(low + (high - low) / 2))
    }

    /// How far ln E may lie below the independent value.
    public static func agreement(samples N: Int) -> Double { 1e-8 + 1e-11 * Double(N) }
}
