import SuretyStatistics
import SuretyTensors

extension ExtremeValueFit {
    /// How much `upperEstimate(_:)` would vary with other numbers: the range of the middle nine tenths of what resamples give,
    /// the same for the same seed.
    ///
    ///     let fit = try ExtremeValueFit(to: maxima)
    ///     try fit.spread(ofUpperEstimate: 0.001, from: maxima)
    ///
    /// - Parameters:
    ///   - p: The probability with which the quantile is exceeded.
    ///   - numbers: Those that were fitted.
    ///   - resamples: How often they are drawn again, with replacement.
    ///   - seed: The seed of the resamples.
    /// - Returns: A range in the unit of the numbers; nil without resamples.
    /// - Throws: `StatisticsError.levelOutOfRange` unless 0 < p < 1; what a fit throws, except for equal numbers.
    public func spread(
        ofUpperEstimate p: Double, from numbers: [Double], resamples: Int = 200, seed: UInt64 = 0
    ) throws(StatisticsError) -> ClosedRange<Double>? {
        let drawn = Bootstrap.resamples(resamples, count: numbers.count) {
            PhiloxGenerator(key: seed, $0, 0, RandomStream.bound.rawValue)
        }
        let estimates = try drawn.map { places throws(StatisticsError) in
            try upperEstimate(p, resample: places.map { numbers[$0] })
        }
        return Bootstrap.spread(of: estimates)
    }
}
