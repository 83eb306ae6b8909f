import Foundation
import SuretyStatistics
import Testing
import TestSupport

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

    /// Numbers from two clusters are like no extreme value distribution: the larger of quantile and maximum is the cautious one.
    @Test func saysWhenTheFitIsPoor() throws {
        let numbers = (0..<200).map { Double($0 % 2) * 10 + Double($0) / 1000 }
        let fit = try ExtremeValueFit(to: numbers)
        #expect(fit.isPoor && fit.kolmogorovSmirnovP < 1e-6 && fit.problem != nil)
        let quantile = try fit.distribution.upperQuantile(0.001)
        #expect(try fit.upperEstimate(0.001) == max(quantile, numbers.max() ?? 0))
        // With a third far cluster the quantile lies beyond all numbers.
        let heavy = numbers + (0..<4).map { 1000 + Double($0) }
        let other = try ExtremeValueFit(to: heavy)
        #expect(other.isPoor)
        #expect(try other.upperEstimate(0.001) >= other.distribution.upperQuantile(0.001))
    }

    /// Ties at 0, as where most blocks show no error at all: the likelihood has no bound, and the search ends all the same.
    @Test func tiesGiveAPoorFit() throws {
        let numbers = Array(repeating: 0.0, count: 150) + (1...50).map(Double.init)
        let fit = try ExtremeValueFit(to: numbers)
        #expect(fit.isPoor && fit.problem != nil)
    }

    /// Maxima that are nearly tied, except for one or two: the likelihood grows with the shape without bound, and the quantile with
    /// it, beyond all measure (10⁶⁰ and more).
    @Test(arguments: [1e-3, 1e-6, 1e-9, 1e-12], [1, 2, 3]) func nearTiesGiveNoEndlessQuantile(gap: Double, far: Int) throws {
        let tied = (0..<10 - far).map { 1 + gap * Double($0 * $0) }
        for numbers in [tied + (0..<far).map { 1.5 + 0.3 * Double($0) }, tied + (0..<far).map { 3 + Double($0) }] {
            let fit = try ExtremeValueFit(to: numbers)
            #expect(ExtremeValueFit.shapes.contains(fit.distribution.shape))
            #expect(fit.border != nil && fit.problem != nil, "\(fit)")
            let estimate = try fit.upperEstimate(0.001)
            #expect(estimate >= fit.maximum && estimate < 2000 * fit.maximum, "\(estimate)")
        }
    }

    /// Bunched at the largest number: the likeliest shape lies on the border, which is said.
    @Test func theLowerBorderIsFlagged() throws {
        for power in [2.0, 4, 8] {
            let fit = try ExtremeValueFit(to: (1...300).map { 1 - pow(Double($0) / 300, power) })
            #expect(fit.border == .lowestShape && fit.distribution.shape == -1, "\(power): \(fit)")
        }
        // Inside the range, there is no border.
        #expect(try ExtremeValueFit(to: Self.drawn(shape: -0.3, count: 300, seed: 4)).problem == nil)
        #expect(try ExtremeValueFit(to: Self.drawn(shape: 0.4, count: 300, seed: 4)).problem == nil)
        // Heavier tails than any that maxima with a mean have.
        #expect(try ExtremeValueFit(to: Self.drawn(shape: 2, count: 300, seed: 4)).border == .highestShape)
    }

    /// A resample's estimate, searched from the fit, equals that of a separate fit.
    @Test(arguments: [-0.3, 0, 0.3]) func aResampleIsFittedLikeAnySample(shape: Double) throws {
        let numbers = Self.drawn(shape: shape, count: 100, seed: 5)
        let fit = try ExtremeValueFit(to: numbers)
        #expect(try abs(fit.upperEstimate(0.001, resample: numbers) / fit.upperEstimate(0.001) - 1) < 0.01)
        var generator = SeededGenerator(seed: 6)
        var estimates: [Double] = []
        for _ in 0..<20 {
            let drawn = Bootstrap.indices(count: 100, using: &generator).map { numbers[$0] }
            let own = try ExtremeValueFit(to: drawn).upperEstimate(0.001)
            estimates.append(try fit.upperEstimate(0.001, resample: drawn))
            #expect(abs((estimates.last ?? 0) / own - 1) < 0.02)
        }
        let spread = try #require(Bootstrap.spread(of: estimates))
        #expect(spread.contains(try fit.upperEstimate(0.001)) && spread.upperBound > spread.lowerBound)
        #expect(try fit.upperEstimate(0.001, resample: Array(repeating: 2, count: 100)) == 2)
    }

    /// Bunched at the largest number, as where shapes below −1 would be infinitely likely.
    @Test func shapesDoNotFallBelowMinusOne() throws {
        let fit = try ExtremeValueFit(to: (1...300).map { 1 - pow(Double($0) / 300, 4) })
        #expect(fit.distribution.shape >= -1 && fit.logLikelihood.isFinite)
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
