import Foundation
import SuretyStatistics
import TestSupport
import Testing

@Suite struct BetaMixtureTests {
    /// A case without a success favours the smallest rates: no share exceeds that of the case and a seventh of the five added.
    @Test func smallRatesSuitACaseWithoutSuccesses() throws {
        let shares = try BetaMixture(suiting: [(0, 3000)]).shares
        #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 })
        #expect(shares[6] < (1 + 5.0 / 7) / 6)
        // ½·10⁰: B(½, 3000½)/B(½, ½) is about (π · 3000)^-½.
        #expect(shares[0] > 5.0 / 42 && shares[0] < 5.0 / 42 + 1 / (Double.pi * 3000).squareRoot())
    }

    /// The likelihood of a case under each of the seven distributions, divided by the largest of them: products of conditional
    /// probabilities (Pólya's urn).
    private static func likelihoods(_ successes: Int, _ trials: Int) -> [Double] {
        let logarithms = (0..<7).map { component in
            let b = 0.5 * pow(10, Double(component))
            return (0..<trials).reduce(0.0) { sum, trial in
                let urn = trial < successes ? 0.5 + Double(trial) : b + Double(trial - successes)
                return sum + log(urn / (0.5 + b + Double(trial)))
            }
        }
        return logarithms.map { exp($0 - (logarithms.max() ?? 0)) }
    }

    /// A further step of expectation maximisation moves no share by more than .002.
    @Test func sharesHaveNearlySettled() throws {
        let counts = (0..<40).map { (successes: $0 * $0 / 20, trials: 100) } + (0..<60).map { (successes: $0 / 50, trials: 900) }
        let shares = try BetaMixture(suiting: counts).shares
        var expected = [Double](repeating: 5.0 / 7, count: 7)
        for (successes, trials) in counts {
            let parts = zip(shares, Self.likelihoods(successes, trials)).map(*)
            for place in 0..<7 { expected[place] += parts[place] / parts.reduce(0, +) }
        }
        for (share, next) in zip(shares, expected) { #expect(abs(share - next / 105) < 2e-3, "\(shares)") }
    }

    /// Drawn rates have the mean and the variance of a mixture of beta distributions, with the parameters of the seven plus the counts.
    @Test(arguments: [(500, 1000), (30, 3000), (0, 3000), (2, 100_000), (0, 100)])
    func ratesAreThoseOfTheCounts(successes: Int, trials: Int) throws {
        for cases in [[(500, 1000), (30, 3000), (2, 100_000)], Array(repeating: (0, 1_000_000), count: 60)] {
            let mixture = try BetaMixture(suiting: cases.map { (successes: $0.0, trials: $0.1) })
            let parts = zip(mixture.shares, Self.likelihoods(successes, trials)).map(*)
            // The moments of order 0 to 4.
            var moments = [Double](repeating: 0, count: 5)
            for (component, part) in parts.enumerated() {
                let a = 0.5 + Double(successes), b = 0.5 * pow(10, Double(component)) + Double(trials - successes)
                var moment = part / parts.reduce(0, +)
                for order in 0...4 {
                    moments[order] += moment
                    moment *= (a + Double(order)) / (a + b + Double(order))
                }
            }
            var generator = SeededGenerator(seed: 1)
            let rates = try (0..<20_000).map { _ in try mixture.rate(after: successes, of: trials, using: &generator) }
            for order in [1, 2] {
                let found = rates.reduce(0) { $0 + pow($1, Double(order)) } / 20_000
                let error = ((moments[2 * order] - moments[order] * moments[order]) / 20_000).squareRoot()
                #expect(abs(found - moments[order]) < 5 * error, "moment \(order): \(found), \(moments[order])")
            }
        }
    }

    /// Two kinds of cases: one that succeeds half of the time, and one that nearly never does. What is said about a case with few
    /// trials and no success lies far below what it says alone.
    @Test func casesLearnFromEachOther() throws {
        var generator = SeededGenerator(seed: 2)
        let mixed = try BetaMixture(
            suiting: Array(repeating: (500, 1000), count: 20) + Array(repeating: (0, 100_000), count: 180))
        let alone = try BetaMixture(suiting: [(0, 100)])
        func mean(_ mixture: BetaMixture) throws -> Double {
            try (0..<4000).reduce(0) { sum, _ in sum + (try mixture.rate(after: 0, of: 100, using: &generator)) } / 4000
        }
        let (together, single) = (try mean(mixed), try mean(alone))
        #expect(together < single / 4, "\(together), \(single)")
    }

    @Test func impossibleCountsAreRefused() {
        #expect(throws: StatisticsError.self) { _ = try BetaMixture(suiting: [(3, 2)]) }
        #expect(throws: StatisticsError.self) { _ = try BetaMixture(suiting: [(0, 0)]) }
        var generator = SeededGenerator(seed: 3)
        #expect(throws: StatisticsError.self) {
            _ = try BetaMixture(suiting: []).rate(after: 3, of: 2, using: &generator)
        }
    }
}
