import CSuretyGSL
import Foundation

/// Evidence that a probability is larger than p₀, which stays valid however often one looks and whenever one stops.
///
/// Of N samples, A were successes. A mixture of all larger p bets against p₀,
///
/// > E = ∫ p^A (1−p)^(N−A) dπ(p) / (p₀^A (1−p₀)^(N−A)),  π the distribution Beta(1, ½), restricted to p > p₀.
///
/// For every p ≤ p₀ this is a supermartingale that begins at 1 (likelihood ratios of p′ > p₀ to p₀ are, under p ≤ p₀), so that
///
/// > P[E ≥ 1/α at any N] ≤ α  (Ville's inequality),
///
/// so every p ≤ p₀ may be excluded at the first N with E ≥ 1/α. With incomplete beta functions
///
/// > ln E = ln B(A+1, N−A+½) + ln Q(p₀; A+1, N−A+½) − ln 2 − ½ ln(1−p₀) − A ln p₀ − (N−A) ln(1−p₀)
///
/// where Q is the complementary regularised one. It is taken only for A > N·p₀: elsewhere there is no evidence, and Q
/// underflows. (A Q clipped from below would make E explode there.)
///
/// Source: Robbins, Ann. Math. Statist. 41 (1970); Ville (1939); Waudby-Smith and Ramdas, JRSS B 86 (2024).
public enum EValue {
    /// ln E, never overstated: every rounding error is subtracted; −∞ for A ≤ N·p₀.
    ///
    /// - Parameters:
    ///   - successes: A.
    ///   - trials: N; looks must be fixed beforehand, or at least not depend on future samples.
    ///   - threshold: p₀ in (0, 1).
    /// - Throws: `StatisticsError` for counts out of range or p₀ outside (0, 1).
    public static func logarithm(
        successes A: Int, trials N: Int, threshold p0: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        try StatisticsError.requireLevel(p0, "threshold")
        GSL.silenceErrors
        let (a, n, q0) = (Double(A), Double(N), 1 - p0)
        // Rounded up, so that A > N·p₀ is certain.
        guard a > (n * p0).nextUp else { return -.infinity }
        let (lnP0, lnQ0) = (p0 > 0.5 ? log1p(-q0) : log(p0), log1p(-p0))
        var lnB = gsl_sf_result()
        guard gsl_sf_lnbeta_e(a + 1, n - a + 0.5, &lnB) == Int32(GSL_SUCCESS) else {
            throw .notComputable("ln B(\(A) + 1, \(N - A) + 1/2)")
        }
        let terms = [lnB.val, -a * lnP0, -(n - a) * lnQ0, -lnQ0 / 2, -M_LN2]
        let rounding = terms.reduce(0) { $0 + abs($1) } * 16 * Double.ulpOfOne
        return terms.reduce(0, +) - rounding - 2 * lnB.err + logTail(p0, a, n)
    }

    /// ln Q(p₀; A+1, N−A+½) from below.
    private static func logTail(_ p0: Double, _ a: Double, _ n: Double) -> Double {
        let tail = gsl_cdf_beta_Q(p0, a + 1, n - a + 0.5)
        // As for Clopper–Pearson bounds: see `ClopperPearson.roundingError`.
        let error = 256 * (2 + a) * Double.ulpOfOne + 32 * n / (n - a + 1) * Double.ulpOfOne
        if !tail.isNaN, tail > 0 { return log(tail) - error }
        // GSL gives no number near the mean for millions of trials. A beta distribution with a mean above one half has its
        // median above its mean (Payton, Young and Young 1989): so for p₀ ≤ mean, more than one half lies beyond p₀.
        return n - a >= 1 && a >= n / 2 && a + 1 >= ((n + 1.5) * p0).nextUp ? -M_LN2 : -.infinity
    }

    /// The fewest successes whose E reaches 1/α; nil if not even N of N do.
    ///
    /// E grows with A, so a look is one comparison with this number.
    ///
    /// - Parameter level: α.
    /// - Throws: as `logarithm`, and for a level outside (0, 1).
    public static func leastCount(
        trials N: Int, threshold p0: Double, level: Double
    ) throws(StatisticsError) -> Int? {
        let needed = try logarithmNeeded(at: level)
        guard try logarithm(successes: N, trials: N, threshold: p0) >= needed else { return nil }
        var (tooFew, enough) = (-1, N)
        while enough - tooFew > 1 {
            let middle = tooFew + (enough - tooFew) / 2
            if try logarithm(successes: middle, trials: N, threshold: p0) >= needed { enough = middle } else { tooFew = middle }
        }
        return enough
    }

    /// The largest p₀ that the successes exclude together with all smaller ones: a lower bound of the probability that holds
    /// at all N together with probability 1 − α, rounded down.
    ///
    /// Where E is above 2 and A > N·p₀, E falls as p₀ grows: (ln E)′ = (1 − 1/E) / 2(1−p₀) − (A − N p₀) / p₀(1−p₀). So for α
    /// < ½, the p₀ excluded at one look are exactly those below some number, and those excluded at any look are those below
    /// the largest of these numbers.
    ///
    /// - Returns: a number in [0, 1); 0 if nothing is excluded.
    /// - Throws: as `logarithm`, and for a level outside (0, ½).
    public static func lowerBound(
        successes A: Int, trials N: Int, level: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(A, of: N)
        let needed = try logarithmNeeded(at: level)
        guard level < 0.5 else { throw .levelOutOfRange(name: "alpha", value: level) }
        func isExcluded(_ p0: Double) throws(StatisticsError) -> Bool {
            try logarithm(successes: A, trials: N, threshold: p0) >= needed
        }
        // The doubles in (0, 1) have the same order as their bits.
        var (low, high) = (Double.leastNormalMagnitude.bitPattern, Double(1).nextDown.bitPattern)
        guard try isExcluded(Double(bitPattern: low)) else { return 0 }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try isExcluded(Double(bitPattern: middle)) { low = middle } else { high = middle }
        }
        return Double(bitPattern: low)
    }

    /// ln(1/α), rounded up.
    static func logarithmNeeded(at level: Double) throws(StatisticsError) -> Double {
        try StatisticsError.requireLevel(level, "alpha")
        return -log(level) * (1 + 8 * Double.ulpOfOne)
    }
}

extension EValue {
    /// The logarithm of a weighted mean of two e-values, which is an e-value too, never overstated.
    ///
    /// - Parameters:
    ///   - first: the logarithm of one; −∞ where it is 0.
    ///   - second: that of the other.
    ///   - weight: the weight of the first, in (0, 1); the other's is 1 minus this.
    public static func logarithmOfMean(_ first: Double, _ second: Double, weight: Double) -> Double {
        let (a, b) = (first + log(weight), second + log1p(-weight))
        let (less, more) = (min(a, b), max(a, b))
        guard more > -.infinity else { return more }
        return more + log1p(exp(less - more)) - 16 * Double.ulpOfOne * (abs(more) + abs(log(weight)) + 2)
    }
}
