import Foundation
import SuretyStatistics
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
