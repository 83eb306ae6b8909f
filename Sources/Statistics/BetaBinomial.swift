import Foundation

/// Successes in trials whose rate differs from one case to the next, as a Beta(a, b) variable does.
public struct BetaBinomial: Sendable, Equatable {
    /// The parameters of the rates' distribution, both positive.
    public let a, b: Double

    /// Within which both parameters are sought: cases without any success would let a tend to 0, which denies that there can
    /// be one.
    static let parameters = 0.05...1e4

    /// Rates distributed as Beta(a, b).
    public init(a: Double, b: Double) { (self.a, self.b) = (a, b) }

    /// The distribution under which these counts are most likely: given it, what is known about all cases says something about
    /// each (empirical Bayes, Robbins 1956).
    ///
    /// - Parameter counts: The successes in the trials of each case. When trials were stopped does not matter: the likelihood
    ///   is the same.
    /// - Throws: `StatisticsError` for counts out of range; what the minimiser throws.
    public init(mostLikelyFor counts: [(successes: Int, trials: Int)]) throws(StatisticsError) {
        for (successes, trials) in counts { try StatisticsError.requireCounts(successes, of: trials) }
        let (least, most) = (log(Self.parameters.lowerBound), log(Self.parameters.upperBound))
        func parameter(_ logarithm: Double) -> Double { exp(min(most, max(least, logarithm))) }
        let found = try NelderMead.minimum(from: [log(0.5), 0], steps: [1, 1], size: 1e-4, iterations: 1000) { point in
            let candidate = BetaBinomial(a: parameter(point[0]), b: parameter(point[1]))
            let excess = (0..<2).map { max(least - point[$0], point[$0] - most, 0) }.reduce(0, +)
            return excess - counts.reduce(0) { $0 + candidate.logLikelihood($1.successes, of: $1.trials) }
        }
        self.init(a: parameter(found.point[0]), b: parameter(found.point[1]))
    }

    /// The logarithm of the probability of one particular sequence of so many successes.
    public func logLikelihood(_ successes: Int, of trials: Int) -> Double {
        logBeta(a + Double(successes), b + Double(trials - successes)) - logBeta(a, b)
    }

    private func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}
