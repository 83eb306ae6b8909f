import SuretyStatistics
import TestSupport
import Testing

@Suite struct VoteComparisonTests {
    /// C(n, k), exactly.
    private func choose(_ n: Int, _ k: Int) -> Double {
        k < 0 || k > n ? 0 : (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }.rounded()
    }

    /// All counts of two small samples, against sums of binomial coefficients.
    @Test(arguments: [(5, 7), (8, 3), (6, 6)]) func equalsTheSumOfCoefficients(n: Int, m: Int) throws {
        for votes in 0...n {
            for fresh in 0...m {
                let all = votes + fresh
                let exact = (votes...n).reduce(0.0) { $0 + choose(n, $1) * choose(m, all - $1) } / choose(n + m, all)
                let found = try VoteComparison.pValue(votes: votes, of: n, freshVotes: fresh, of: m)
                #expect(found >= exact * (1 - 1e-12) && found <= min(1, exact * (1 + 2e-6)))
            }
        }
    }

    /// Two samples of one probability: p-values below a level come no more often than it says. 20 000 pairs.
    @Test func honestSamplesAreSeldomAccused() throws {
        var random = SeededGenerator(seed: 8)
        var accused = 0
        for _ in 0..<20_000 {
            let p = Double.random(in: 0.5...1, using: &random)
            func votes() -> Int { (0..<100).count { _ in Double.random(in: 0..<1, using: &random) < p } }
            if try VoteComparison.pValue(votes: votes(), of: 100, freshVotes: votes(), of: 100) <= 0.01 { accused += 1 }
        }
        // 200 would be 1 %: 260 is beyond four standard deviations.
        #expect(accused < 260)
    }

    /// Counts as certificates have them.
    @Test func largeCounts() throws {
        #expect(try VoteComparison.pValue(votes: 100_000, of: 100_000, freshVotes: 100_000, of: 100_000) == 1)
        #expect(try VoteComparison.pValue(votes: 100_000, of: 100_000, freshVotes: 99_980, of: 100_000) < 1e-5)
        #expect(try VoteComparison.pValue(votes: 99_000, of: 100_000, freshVotes: 99_000, of: 100_000) > 0.4)
        #expect(try VoteComparison.pValue(votes: 60_000, of: 100_000, freshVotes: 50_000, of: 100_000) < 1e-100)
    }

    @Test func refusesNonsense() {
        #expect(throws: StatisticsError.self) { try VoteComparison.pValue(votes: 6, of: 5, freshVotes: 1, of: 5) }
        #expect(throws: StatisticsError.self) { try VoteComparison.pValue(votes: 1, of: 5, freshVotes: -1, of: 5) }
        #expect(throws: StatisticsError.self) { try VoteComparison.pValue(votes: 1, of: 1 << 40, freshVotes: 1, of: 5) }
    }
}
