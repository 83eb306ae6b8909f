import Foundation
import SuretyStatistics
import Testing

@Suite struct GeneralisedExtremeValueTests {
    static let shapes = [-0.8, -0.2, -1e-9, 0, 1e-12, 1e-6, 0.3, 2]

    @Test(arguments: shapes) func quantileInvertsTheCumulative(shape: Double) throws {
        let it = try GeneralisedExtremeValue(shape: shape, location: 3, scale: 0.5)
        for p in [0.9, 0.5, 0.1, 1e-3, 1e-6] {
            #expect(abs(1 - it.cumulative(try it.upperQuantile(p)) - p) < 1e-9)
        }
    }

    /// The density is the slope of P[X ≤ x], and its integral 1.
    @Test(arguments: shapes) func densityIsTheSlope(shape: Double) throws {
        let it = try GeneralisedExtremeValue(shape: shape, location: 0, scale: 2)
        for p in [0.95, 0.6, 0.2, 0.01] {
            let (x, h) = (try it.upperQuantile(p), 1e-5)
            let slope = (it.cumulative(x + h) - it.cumulative(x - h)) / (2 * h)
            #expect(abs(it.density(x) / slope - 1) < 1e-5)
        }
    }

    /// Near shape 0 it is Gumbel's distribution, to all digits.
    @Test(arguments: [1e-16, -1e-16, 1e-300, 0]) func goesOverIntoGumbel(shape: Double) throws {
        let it = try GeneralisedExtremeValue(shape: shape, location: 0, scale: 1)
        for x in [-2.0, 0, 0.5, 4, 30] {
            #expect(abs(it.cumulative(x) - exp(-exp(-x))) < 1e-15)
            #expect(abs(it.logDensity(x) - (-x - exp(-x))) < 1e-13 * (1 + abs(it.logDensity(x))))
        }
        #expect(abs(try it.upperQuantile(0.001) - -log(-log(0.999))) < 1e-13)
    }

    @Test func outsideTheSupportIsNothing() throws {
        let bounded = try GeneralisedExtremeValue(shape: -0.5, location: 0, scale: 1)  // up to 2
        #expect(bounded.cumulative(2.1) == 1 && bounded.density(2.1) == 0 && bounded.cumulative(-100) < 1e-9)
        let heavy = try GeneralisedExtremeValue(shape: 0.5, location: 0, scale: 1)  // from −2
        #expect(heavy.cumulative(-2.1) == 0 && heavy.density(-2.1) == 0 && heavy.logDensity(-2.1) == -.infinity)
    }

    @Test func refusesWhatIsNoDistribution() {
        for scale in [0, -1, .nan, .infinity] {
            #expect(throws: StatisticsError.self) { try GeneralisedExtremeValue(shape: 0, location: 0, scale: scale) }
        }
        #expect(throws: StatisticsError.self) { try GeneralisedExtremeValue(shape: .nan, location: 0, scale: 1) }
        #expect(throws: StatisticsError.self) {
            try GeneralisedExtremeValue(shape: 0, location: 0, scale: 1).upperQuantile(1)
        }
    }
}
