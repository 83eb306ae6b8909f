import SuretyStatistics

/// An upper estimate of a supremum from block maxima: the upper quantile of a generalised extreme value distribution fitted
/// to them, or the largest of them, whichever is larger.
public struct ExtremeValueEstimate: Sendable, Equatable {
    /// The maximum of each block, in the order of the blocks.
    public let maxima: [Double]
    /// The fitted distribution and how well it fits; nil if no fit is possible.
    public let fit: ExtremeValueFit?
    /// The upper quantile of the fit.
    public let quantile: Double?
    /// The estimate; nil if the maxima show nothing.
    public let value: Double?
    /// Why the estimate failed, so that its value, if there is one, cannot be relied on; nil if it did not fail.
    public let failure: String?
    /// Why the estimate is not the quantile, although it is good; nil if it is the quantile.
    public let remark: String?
    private let p: Double

    /// - Parameters:
    ///   - p: The probability with which the quantile is exceeded.
    ///   - resolution: The smallest difference that the arithmetic behind the maxima can show: maxima that differ by no more
    ///     count as equal, such as those of a linear model.
    init(maxima: [Double], p: Double, resolution: Double = 0) throws(StatisticsError) {
        (self.maxima, self.p) = (maxima, p)
        let (smallest, largest) = (maxima.min() ?? 0, maxima.max() ?? 0)
        guard largest - smallest > resolution else {
            (fit, quantile, value, failure) = (nil, nil, largest, nil)
            remark = "all block maxima are alike: the largest is used"
            return
        }
        guard let fit = try Self.fit(to: maxima) else {
            (fit, quantile, value, remark) = (nil, nil, largest, nil)
            failure = "no distribution fits the block maxima: the largest is used"
            return
        }
        let (quantile, value) = (try fit.distribution.upperQuantile(p), try fit.upperEstimate(p))
        (self.fit, self.quantile, self.value) = (fit, quantile.isFinite ? quantile : nil, value)
        let isLargest = value != quantile
        failure = fit.problem.map { "\($0): the \(isLargest ? "largest block maximum" : "quantile"), the larger, is used" }
        remark = failure == nil && isLargest ? "the quantile is below the largest block maximum, which is used" : nil
    }

    /// An estimate for which there is no data.
    init(failure: String) {
        (maxima, p, fit, quantile, value, remark) = ([], 0.5, nil, nil, nil, nil)
        self.failure = failure
    }

    /// The fit; nil if no parameters are the likeliest.
    private static func fit(to maxima: [Double]) throws(StatisticsError) -> ExtremeValueFit? {
        do {
            return try ExtremeValueFit(to: maxima)
        } catch {
            switch error {
            case .samplesEqual, .notComputable: return nil
            default: throw error
            }
        }
    }

    /// The estimate that resampled blocks give, and their largest maximum.
    func resampled(_ blocks: [Int]) throws(StatisticsError) -> (value: Double, largest: Double) {
        let drawn = blocks.map { maxima[$0] }
        let largest = drawn.max() ?? 0
        return (try fit?.upperEstimate(p, resample: drawn) ?? largest, largest)
    }
}
