import Foundation
import SuretyStatistics
import Testing

@Suite struct BetaBinomialTests {
    /// Probabilities of sequences of up to ten trials, against products of exact conditional probabilities (Pólya's urn).
    @Test func likelihoodsAreThoseOfAnUrn() {
        for (a, b) in [(0.5, 0.5), (0.1, 3), (2, 7), (1, 1)] {
            for trials in 0...10 {
                for successes in 0...trials {
                    var probability = 1.0
                    for trial in 0..<trials {
                        let (s, f) = (min(trial, successes), max(0, trial - successes))
                        probability *= (trial < successes ? a + Double(s) : b + Double(f)) / (a + b + Double(trial))
                    }
                    let found = BetaBinomial(a: a, b: b).logLikelihood(successes, of: trials)
                    #expect(abs(found - log(probability)) < 1e-11 * max(1, abs(found)), "\(a), \(b), \(successes) of \(trials)")
                }
            }
        }
    }

    /// Counts whose exact frequencies are those of Beta(2, 3) in ten trials give these parameters back.
    @Test func parametersAreFound() throws {
        let truth = BetaBinomial(a: 2, b: 3)
        let binomial = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1]
        let counts = (0...10).flatMap { successes in
            let share = exp(truth.logLikelihood(successes, of: 10)) * Double(binomial[successes])
            return Array(repeating: (successes: successes, trials: 10), count: Int((share * 100_000).rounded()))
        }
        let found = try BetaBinomial(mostLikelyFor: counts)
        #expect(abs(found.a - 2) < 0.01 && abs(found.b - 3) < 0.01, "\(found)")
    }

    /// Without a single success, one remains possible.
    @Test func noCaseIsCertain() throws {
        let found = try BetaBinomial(mostLikelyFor: Array(repeating: (successes: 0, trials: 3000), count: 100))
        #expect(found.a >= 0.05)
        #expect(try BetaBinomial(mostLikelyFor: [(0, 10), (10, 10), (0, 10), (10, 10)]).b < 0.1)
    }

    @Test func impossibleCountsAreRefused() {
        #expect(throws: StatisticsError.self) { _ = try BetaBinomial(mostLikelyFor: [(3, 2)]) }
        #expect(throws: StatisticsError.self) { _ = try BetaBinomial(mostLikelyFor: [(0, 0)]) }
    }
}
