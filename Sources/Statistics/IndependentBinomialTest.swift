import Foundation

/// The same p-value by a route that shares no code with the one that makes predictions: the tail of the binomial
/// distribution summed term by term. `surety verify` recomputes every p-value this way.
extension BinomialTest {
    /// How far, relatively, a p-value may lie from the independent one.
    public static let agreement = 1e-10

    /// The p-value of `first` against `second`.
    ///
    /// P[X ≥ m] is the probability of m times 1 + r₀ + r₀r₁ + …, with rᵢ = (n−m−i)/(m+1+i); all terms are positive, so
    /// nothing cancels. The probability of m is Loader's saddle-point form, "Fast and accurate computation of binomial
    /// probabilities" (2000), which keeps its digits for millions of samples.
    ///
    /// - Throws: `StatisticsError.countsOutOfRange` when a count is negative or both are zero.
    public static func independentPValue(_ first: Int, _ second: Int) throws(StatisticsError) -> Double {
        let (trials, overflow) = first.addingReportingOverflow(second)
        guard !overflow, first >= 0, second >= 0, trials >= 1 else {
            throw .countsOutOfRange(successes: first, trials: overflow ? .max : trials)
        }
        let (larger, smaller) = (Double(max(first, second)), Double(min(first, second)))
        var (sum, term, index) = (1.0, 1.0, 0.0)
        while term > 0.01 * sum.ulp, index < smaller {
            term *= (smaller - index) / (larger + 1 + index)
            sum += term
            index += 1
        }
        return min(1, 2 * sum * probability(larger, smaller))
    }

    /// The probability that a fair coin gives these counts: C(a+b, a) / 2^(a+b).
    private static func probability(_ a: Double, _ b: Double) -> Double {
        let n = a + b
        if b == 0 { return exp2(-n) }
        let δ = (a - b) / n
        let deviance = n / 2 * ((1 + δ) * log1p(δ) + (1 - δ) * log1p(-δ))
        let correction = stirlingError(n) - stirlingError(a) - stirlingError(b)
        return exp(correction - deviance) * (n / (2 * Double.pi * a * b)).squareRoot()
    }

    /// ln n! − ln(√(2πn) (n/e)ⁿ).
    private static func stirlingError(_ n: Double) -> Double {
        if n < 16 { return lgamma(n + 1) - (n + 0.5) * log(n) + n - log(2 * Double.pi) / 2 }
        let square = n * n
        return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / n
    }
}
