import Foundation
import SuretyStatistics
import TestSupport
import Testing

@Suite struct TestSetStatementTests {
    /// The number of wrong certificates is at worst Binomial(m, α): its exact tail beyond the bound must be at most ρ.
    @Test(arguments: [1, 10, 500, 10_000, 1_000_000], [0.001, 0.01, 0.05])
    func holdsForTheWorstCase(m: Int, alpha: Double) throws {
        for rho in [1e-6, 0.001, 0.01, 0.1] {
            let bound = try TestSetStatement.wrongFractionUpperBound(alpha: alpha, images: m, rho: rho)
            #expect(chanceOfMoreWrong(than: bound, of: m, alpha: alpha) <= rho)
        }
    }

    /// The same check fails for the formula without the factor 2 under the root.
    @Test func theFactorTwoIsNeeded() throws {
        let (m, alpha, rho) = (1_000_000, 0.001, 0.01)
        let perImage = log(1 / rho) / Double(m)
        let withoutIt = alpha + (alpha * (1 - alpha) * perImage).squareRoot() + perImage / 3
        #expect(chanceOfMoreWrong(than: withoutIt, of: m, alpha: alpha) > rho)
    }

    /// Certificates by columns, of classifiers each of which lies on a threshold: what is said at all radii together fails no more
    /// often than ρ. A certificate may be false at one of its radii or at several: it counts once.
    @Test func holdsForColumnsAtAllRadiiTogether() throws {
        let (m, alpha, rho, sets) = (150, 0.05, 0.1, 300)
        let test = try SequentialTest(thresholds: [0.5, 0.6, 0.7], alpha: alpha, caps: [400], hope: 0.05)
        let walks = test.thresholds.map { VoteWalk(test.looks, $0) }
        let allowed = try TestSetStatement.wrongFractionUpperBound(alpha: alpha, images: m, rho: rho)
        var random = SeededGenerator(seed: 14)
        var (broken, brokenWithoutAllowance) = (0, 0)
        for _ in 0..<sets {
            // How many images are certified at each radius, and how many of them truly.
            var (certified, truly) = ([0, 0, 0], [0, 0, 0])
            for image in 0..<m {
                let truth = image % 3
                var (state, votes) = (test.start, 0)
                while state.nextLook != nil {
                    votes = walks[truth].votes(votes, at: state.look, &random)
                    state = try test.state(after: state, votes: votes)
                }
                for radius in 0..<state.reached { certified[radius] += 1 }
                for radius in 0..<truth { truly[radius] += 1 }
            }
            let excess = zip(certified, truly).map { Double($0 - $1) / Double(m) }
            broken += excess.contains { $0 > allowed } ? 1 : 0
            // All that is certified beyond an image's threshold is false.
            brokenWithoutAllowance += excess.contains { $0 > 0 } ? 1 : 0
        }
        #expect(Double(broken) <= rho * Double(sets), "\(broken)")
        #expect(brokenWithoutAllowance > sets / 4, "\(brokenWithoutAllowance)")
    }

    @Test func accuracyIsReducedByIt() throws {
        let wrong = try TestSetStatement.wrongFractionUpperBound(alpha: 0.001, images: 10_000, rho: 0.01)
        #expect(abs(wrong - (0.001 + (2 * 0.000999 * 4.605170186 / 1e4).squareRoot() + 4.605170186 / 3e4)) < 1e-12)
        #expect(
            try TestSetStatement.accuracyLowerBound(certifiedAccuracy: 0.9, alpha: 0.001, images: 10_000, rho: 0.01)
                == 0.9 - wrong)
        #expect(try TestSetStatement.accuracyLowerBound(certifiedAccuracy: 0, alpha: 0.1, images: 1, rho: 0.01) == 0)
    }

    @Test func refusesNonsense() {
        for (accuracy, alpha, images, rho) in [(1.1, 0.1, 9, 0.1), (0.5, 0, 9, 0.1), (0.5, 0.1, 0, 0.1), (0.5, 0.1, 9, 1)] {
            #expect(throws: StatisticsError.self) {
                try TestSetStatement.accuracyLowerBound(certifiedAccuracy: accuracy, alpha: alpha, images: images, rho: rho)
            }
        }
    }

    /// P[X > fraction · m] for X ~ Binomial(m, α).
    private func chanceOfMoreWrong(than fraction: Double, of m: Int, alpha: Double) -> Double {
        let least = Int((fraction * Double(m)).rounded(.down)) + 1
        return least > m ? 0 : BinomialSum(m, alpha).sum(least...m)
    }
}
