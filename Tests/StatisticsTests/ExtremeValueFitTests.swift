import Foundation
import Statistics
import TestSupport
import Testing

@Suite struct ExtremeValueFitTests {
    struct Reference: Decodable {
        struct Parameters: Decodable { let xi, mu, sigma: Double }
        struct Sample: Decodable {
            let id: String
            let samples: [Double]
            let mle: Parameters
            let logLikelihood, quantile: Double

            enum CodingKeys: String, CodingKey {
                case id, samples, mle
                case logLikelihood = "log_likelihood"
                case quantile = "upper_quantile_p0.001"
            }
        }
        let sets: [Sample]
    }

    /// Maxima of 50 digits' precision: never less likely, and the same quantile.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func reachesTheReference() throws {
        let file = try #require(SharedData.url("reference/gev.json"))
        let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
        #expect(reference.sets.count == 6)
        for set in reference.sets {
            let fit = try ExtremeValueFit(to: set.samples.shuffled())
            #expect(fit.logLikelihood >= set.logLikelihood - 1e-6, "\(set.id): \(fit.logLikelihood - set.logLikelihood)")
            #expect(fit.logLikelihood <= set.logLikelihood + 1e-6, "\(set.id): more than the maximum")
            let quantile = try fit.distribution.upperQuantile(0.001)
            #expect(abs(quantile / set.quantile - 1) < 1e-4, "\(set.id): \(quantile / set.quantile - 1)")
            #expect(abs(fit.distribution.shape - set.mle.xi) < 1e-4, "\(set.id)")
            #expect(!fit.isPoor && fit.count == set.samples.count && fit.maximum == set.samples.max())
        }
    }

    /// The fit moves and scales with the numbers, however small or large their unit.
    @Test(arguments: [1e-12, 1e-3, 1, 1e9]) func followsTheUnit(unit: Double) throws {
        let numbers = Self.drawn(shape: 0.1, count: 300, seed: 3)
        let (plain, scaled) = try (ExtremeValueFit(to: numbers), ExtremeValueFit(to: numbers.map { 5 * unit + unit * $0 }))
        let (quantile, expected) = try (
            scaled.distribution.upperQuantile(0.01), 5 * unit + unit * plain.distribution.upperQuantile(0.01))
        #expect(abs(quantile / expected - 1) < 1e-6)
        #expect(abs(scaled.logLikelihood + 300 * log(unit) - plain.logLikelihood) < 1e-5)
    }

    /// Numbers from two clusters are like no extreme value distribution: the largest then stands for the quantile.
    @Test func saysWhenTheFitIsPoor() throws {
        let numbers = (0..<200).map { Double($0 % 2) * 10 + Double($0) / 1000 }
        let fit = try ExtremeValueFit(to: numbers)
        #expect(fit.isPoor && fit.kolmogorovSmirnovP < 1e-6)
        #expect(try fit.upperEstimate(0.001) == numbers.max())
    }

    /// Ties at 0, as where most blocks show no error at all: the likelihood has no bound, and the search ends all the same.
    @Test func tiesGiveAPoorFit() throws {
        let numbers = Array(repeating: 0.0, count: 150) + (1...50).map(Double.init)
        #expect(try ExtremeValueFit(to: numbers).isPoor)
    }

    /// Bunched at the largest number, as where shapes below −1 would be infinitely likely.
    @Test func shapesStayAboveMinusOne() throws {
        let fit = try ExtremeValueFit(to: (1...300).map { 1 - pow(Double($0) / 300, 4) })
        #expect(fit.distribution.shape > -1 && fit.logLikelihood.isFinite)
        #expect(try fit.upperEstimate(0.001) >= fit.maximum)
    }

    @Test func refusesWhatCannotBeFitted() {
        #expect(throws: StatisticsError.tooFewSamples(count: 9, needed: 10)) {
            try ExtremeValueFit(to: (0..<9).map(Double.init))
        }
        #expect(throws: StatisticsError.samplesEqual(value: 2)) {
            try ExtremeValueFit(to: Array(repeating: 2, count: 20))
        }
        #expect(throws: StatisticsError.sampleNotFinite(index: 10, value: .infinity)) {
            try ExtremeValueFit(to: (0..<10).map(Double.init) + [.infinity])
        }
        #expect(throws: StatisticsError.self) { try ExtremeValueFit(to: (0..<10).map(Double.init) + [.nan]) }
    }

    /// Numbers from the distribution itself, by its quantiles.
    static func drawn(shape: Double, count: Int, seed: Int) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let t = -log(-log(Double.random(in: 1e-9..<1, using: &generator)))
            return shape == 0 ? t : expm1(shape * t) / shape
        }
    }
}
