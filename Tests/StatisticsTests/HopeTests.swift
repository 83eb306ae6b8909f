import Foundation
import SuretyStatistics
import Testing

@Suite struct HopeTests {
    @Test func certainAtTheEnds() throws {
        #expect(try Hope.chance(successes: 10, trials: 20, ofReaching: 10, in: 100) == 1)
        #expect(try Hope.chance(successes: 10, trials: 20, ofReaching: 91, in: 100) == 0)
        #expect(try Hope.chance(successes: 10, trials: 100, ofReaching: 11, in: 100) == 0)
        #expect(throws: StatisticsError.self) { try Hope.chance(successes: 3, trials: 2, ofReaching: 5, in: 10) }
    }

    /// The beta-binomial distribution, summed term by term: what a uniform prior says exactly.
    @Test(arguments: [(20, 0.6), (100, 0.9), (500, 0.9), (900, 0.9), (970, 0.9)])
    func isNearlyTheBetaBinomial(trials: Int, share: Double) throws {
        let (cap, successes) = (1000, Int(share * Double(trials)))
        let left = cap - trials
        func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
        let (a, b) = (Double(successes + 1), Double(trials - successes + 1))
        let masses = (0...left).map { more -> Double in
            let choose = lgamma(Double(left + 1)) - lgamma(Double(more + 1)) - lgamma(Double(left - more + 1))
            return exp(choose + logBeta(a + Double(more), b + Double(left - more)) - logBeta(a, b))
        }
        for needed in stride(from: successes + 1, through: successes + left, by: max(1, left / 20)) {
            let exact = masses[(needed - successes)...].sorted().reduce(0, +)
            let chance = try Hope.chance(successes: successes, trials: trials, ofReaching: needed, in: cap)
            #expect(abs(chance - exact) < 0.05, "\(needed): \(chance), \(exact)")
        }
    }

    /// The last number that the chance still allows; whatever the chance, no fewer than there are and no more than there may be.
    @Test(arguments: [(0, 50), (1, 50), (45, 50), (50, 50), (700, 900), (900, 900), (1000, 1000)])
    func successesAreThoseWithTheChance(successes: Int, trials: Int) throws {
        for chance in [0.001, 0.05, 0.5, 0.95] {
            let most = try Hope.successes(after: successes, trials: trials, withChance: chance, in: 1000)
            func chances(_ needed: Int) throws -> Double { try Hope.chance(successes: successes, trials: trials, ofReaching: needed, in: 1000) }
            #expect(try chances(most) >= chance && chances(most + 1) < chance, "\(most)")
        }
        #expect(try Hope.successes(after: successes, trials: trials, withChance: 0, in: 1000) == successes + 1000 - trials)
        #expect(throws: StatisticsError.self) { try Hope.successes(after: 3, trials: 2, withChance: 0.1, in: 10) }
    }

    /// Where a library's continued fraction needs too many terms: the normal distribution knows the answer.
    @Test(arguments: [1_000_000, 10_000_000, 100_000_000]) func isKnownForManySamples(cap: Int) throws {
        let (trials, successes) = (cap / 2, cap / 4 + 3), deviation = (Double(cap) / 4).squareRoot()
        for z in [-1.0, 0, 1.6449] {
            let needed = 2 * successes + Int(z * deviation * 2.0.squareRoot())
            let spread = (0.25 * (1 / Double(trials) + 1 / Double(cap - trials))).squareRoot() * Double(cap - trials)
            let expected = 1 - NormalDistribution.cumulative((Double(needed - successes) - Double(successes)) / spread)
            let chance = try Hope.chance(successes: successes, trials: trials, ofReaching: needed, in: cap)
            #expect(abs(chance - expected) < 1e-2, "\(z): \(chance), \(expected)")
        }
        #expect(try Hope.successes(after: successes, trials: trials, withChance: 0.05, in: cap) > 2 * successes)
    }

    @Test func growsWithTheVotes() throws {
        let chances = try (0...200).map { try Hope.chance(successes: $0, trials: 200, ofReaching: 850, in: 1000) }
        #expect(zip(chances, chances.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(chances[200] > 0.99 && chances[0] < 1e-12)
    }
}
