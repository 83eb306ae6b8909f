import SuretyBounds
import SuretyStatistics
import Testing

@Suite struct ExtremeValueFitSpreadTests {
    private let numbers = (1...50).map(Double.init)

    /// Where the quantile is the median, the estimate is the largest number drawn, whose distribution is known: it is at most k
    /// with probability (k/50)^50, which is 0.36 for 49, 0.13 for 48, 0.045 for 47 and 0.015 for 46. So a twentieth of 200
    /// resamples ends at 47 or 48, and more than half have the 50.
    @Test(arguments: [0, 1, 2] as [UInt64]) func isThatOfTheLargestNumberDrawn(seed: UInt64) throws {
        let fit = try ExtremeValueFit(to: numbers)
        let spread = try #require(try fit.spread(ofUpperEstimate: 0.5, from: numbers, seed: seed))
        #expect(spread.upperBound == 50 && [47, 48].contains(spread.lowerBound), "\(spread)")
    }

    /// A quantile that is seldom exceeded is extrapolated, and lies within what resamples give.
    @Test func holdsTheEstimate() throws {
        let fit = try ExtremeValueFit(to: numbers)
        let spread = try #require(try fit.spread(ofUpperEstimate: 0.001, from: numbers))
        #expect(spread.contains(try fit.upperEstimate(0.001)) && spread.upperBound > 50)
        #expect(try fit.spread(ofUpperEstimate: 0.001, from: numbers) == spread)
        #expect(try fit.spread(ofUpperEstimate: 0.001, from: numbers, seed: 1) != spread)
        #expect(try fit.spread(ofUpperEstimate: 0.001, from: numbers, resamples: 0) == nil)
        #expect(throws: StatisticsError.self) { try fit.spread(ofUpperEstimate: 1, from: numbers) }
    }
}
