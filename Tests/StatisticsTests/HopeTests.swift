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

    @Test func growsWithTheVotes() throws {
        let chances = try (0...200).map { try Hope.chance(successes: $0, trials: 200, ofReaching: 850, in: 1000) }
        #expect(zip(chances, chances.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(chances[200] > 0.99 && chances[0] < 1e-12)
    }
}
