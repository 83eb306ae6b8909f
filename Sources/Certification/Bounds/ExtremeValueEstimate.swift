import Statistics

/// An upper estimate of a supremum from block maxima: the upper quantile of a generalised extreme value distribution fitted
/// to them, or the largest of them where no good fit is to be had.
public struct ExtremeValueEstimate: Sendable, Equatable {
    /// The maximum of each block, in the order of the blocks.
    public let maxima: [Double]
    /// The fit; nil where none is possible.
    public let fit: ExtremeValueFit?
    /// The upper quantile of the fit.
    public let quantile: Double?
    /// The estimate.
    public let value: Double
    /// Why the estimate is not the quantile.
    public let remark: String?

    /// - Parameter p: The probability with which the quantile is exceeded.
    init(maxima: [Double], p: Double) throws(StatisticsError) {
        self.maxima = maxima
        let largest = maxima.max() ?? 0
        guard let fit = try Self.fit(to: maxima) else {
            (fit, quantile, value) = (nil, nil, largest)
            remark = "no distribution fits block maxima as alike as these: the largest is used"
            return
        }
        let quantile = try fit.distribution.upperQuantile(p)
        (self.fit, self.quantile, value) = (fit, quantile, try fit.upperEstimate(p))
        remark =
            fit.isPoor ? "the fit is poor: the largest block maximum is used"
            : value != quantile ? "the quantile is below the largest block maximum, which is used" : nil
    }

    /// The fit; nil for maxima without spread, such as those of a linear model.
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
}
