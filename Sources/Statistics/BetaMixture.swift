import CSuretyBoostMath
import Foundation

/// How a rate differs from one case to the next, if it may be large or next to nothing: the distributions Beta(½, ½·10ᵐ) for
/// m = 0…6, of rates of the order of 10⁻ᵐ, in shares that suit the cases at hand (empirical Bayes, Robbins 1956).
///
/// A single beta distribution fails where some cases are hard and the others nearly perfect: whatever suits the former says too
/// much or too little of the latter.
public struct BetaMixture: Sendable, Equatable {
    /// The shares of the distributions, which add up to 1.
    public let shares: [Double]

    /// Both parameters of each distribution.
    static let components = (0...6).map { (a: 0.5, b: 0.5 * pow(10, Double($0))) }

    /// The shares are found as if so many further cases had been seen, of every distribution equally: one that suits none of a few
    /// cases remains possible.
    static let priorCases = 5.0

    /// The shares that suit these counts: a hundred steps of expectation maximisation from equal shares (Dempster, Laird and Rubin
    /// 1977).
    ///
    /// - Parameter counts: The successes in the trials of each case. When trials were stopped does not matter: the likelihood
    ///   is the same.
    /// - Throws: `StatisticsError` for counts out of range.
    public init(suiting counts: [(successes: Int, trials: Int)]) throws(StatisticsError) {
        for (successes, trials) in counts { try StatisticsError.requireCounts(successes, of: trials) }
        let likelihoods = counts.map { Self.likelihoods(of: $0.successes, in: $0.trials) }
        let count = Double(Self.components.count)
        var shares = Self.components.map { _ in 1 / count }
        for _ in 0..<100 {
            var expected = Self.components.map { _ in Self.priorCases / count }
            for likelihood in likelihoods {
                let parts = zip(shares, likelihood).map(*), whole = parts.reduce(0, +)
                for place in parts.indices { expected[place] += parts[place] / whole }
            }
            shares = expected.map { $0 / (Double(counts.count) + Self.priorCases) }
        }
        self.shares = shares
    }

    /// The rate of a case, drawn from what its counts and the shares say about it.
    ///
    /// - Throws: `StatisticsError` for counts out of range, or if Boost cannot invert a distribution.
    public func rate(
        after successes: Int, of trials: Int, using generator: inout some RandomNumberGenerator
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(successes, of: trials)
        let parts = zip(shares, Self.likelihoods(of: successes, in: trials)).map(*)
        var left = Double.random(in: 0..<1, using: &generator) * parts.reduce(0, +)
        let place = parts.indices.first { place in
            left -= parts[place]
            return left < 0
        }
        let (a, b) = Self.components[place ?? parts.count - 1]
        // GSL's inverse fails for parameters as far apart as these.
        var rate = 0.0
        let share = Double.random(in: 1e-12..<1, using: &generator)
        guard CBoostMathBetaInverse(a + Double(successes), b + Double(trials - successes), share, &rate) == CBoostMathSuccess
        else { throw .notComputable("the rate after \(successes) of \(trials) that is exceeded with probability \(1 - share)") }
        return rate
    }

    /// The likelihood of the counts under each distribution, divided by the largest of these likelihoods.
    private static func likelihoods(of successes: Int, in trials: Int) -> [Double] {
        let logarithms = components.map { a, b in
            logBeta(a + Double(successes), b + Double(trials - successes)) - logBeta(a, b)
        }
        let largest = logarithms.max() ?? 0
        return logarithms.map { exp($0 - largest) }
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}
