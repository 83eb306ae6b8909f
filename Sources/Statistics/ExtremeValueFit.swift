import Foundation

/// A generalised extreme value distribution fitted to block maxima by maximum likelihood, and how well it fits.
///
///     let fit = try ExtremeValueFit(to: maxima)
///     try fit.upperEstimate(0.001)      // what the maximum of a further block exceeds once in a thousand
///
/// Coles (2001), section 3.3. Shapes at or below −1 are excluded: there the likelihood grows without bound as the end
/// point nears the largest number, and has no maximum (Smith 1985).
public struct ExtremeValueFit: Sendable, Equatable {
    public let distribution: GeneralisedExtremeValue
    /// The natural logarithm of the likelihood, summed over the numbers.
    public let logLikelihood: Double
    /// The p-value of Kolmogorov and Smirnov's test of the numbers against the fitted distribution. As that was fitted to
    /// the same numbers, it is larger than it would be otherwise: a small one says that the fit is poor, a large one little.
    public let kolmogorovSmirnovP: Double
    /// How many numbers were fitted.
    public let count: Int
    /// The largest of them.
    public let maximum: Double

    /// Below this p-value a fit is called poor.
    public static let poorBelow = 0.001

    /// The fewest numbers that three parameters are fitted to.
    public static let fewest = 10

    /// Whether the numbers do not look like ones from the distribution.
    public var isPoor: Bool { kolmogorovSmirnovP < Self.poorBelow }

    /// The fitted distribution's upper quantile at p; the largest number seen, where the fit is poor or the quantile lies
    /// below it.
    ///
    /// - Throws: `StatisticsError.levelOutOfRange` unless 0 < p < 1.
    public func upperEstimate(_ p: Double) throws(StatisticsError) -> Double {
        let quantile = try distribution.upperQuantile(p)
        return isPoor ? maximum : max(quantile, maximum)
    }

    /// - Parameter samples: At least `fewest` numbers that are not all equal.
    /// - Throws: `StatisticsError` for too few, equal, or not finite ones.
    public init(to samples: [Double]) throws(StatisticsError) {
        guard samples.count >= Self.fewest else { throw .tooFewSamples(count: samples.count, needed: Self.fewest) }
        if let index = samples.firstIndex(where: { !$0.isFinite }) {
            throw .sampleNotFinite(index: index, value: samples[index])
        }
        let sorted = samples.sorted()
        (count, maximum) = (sorted.count, sorted[sorted.count - 1])
        // Fitted to (x − median)/width, so that no step of the search depends on the numbers' unit.
        let (median, width) = (sorted[count / 2], sorted[count * 3 / 4] - sorted[count / 4])
        let spread = width > 0 ? width : maximum - sorted[0]
        guard spread > 0 else { throw .samplesEqual(value: maximum) }
        let standardised = sorted.map { ($0 - median) / spread }
        guard spread.isFinite, standardised.allSatisfy(\.isFinite) else {
            throw .notComputable("the distribution of numbers from \(sorted[0]) to \(maximum)")
        }
        let best = try LikelihoodSearch(standardised).maximum()
        distribution = try GeneralisedExtremeValue(
            shape: best.shape, location: median + spread * best.location, scale: spread * best.scale)
        logLikelihood = best.logLikelihood - Double(count) * log(spread)
        kolmogorovSmirnovP = KolmogorovSmirnov.pValue(sorted, distribution: distribution.cumulative)
    }
}

/// The search for the parameters under which standardised, sorted numbers are likeliest.
private struct LikelihoodSearch {
    struct Result {
        let shape, location, scale, logLikelihood: Double
    }

    private let samples: [Double]

    init(_ samples: [Double]) { self.samples = samples }

    /// The best that Nelder and Mead's method finds from all starts, searched on from there until it stands still.
    func maximum() throws(StatisticsError) -> Result {
        var best: (point: [Double], value: Double)?
        for start in starts where value(at: start) < Self.impossible {
            let found = try NelderMead.minimum(
                from: start, steps: [0.2, 0.2, 0.2], size: 1e-5, iterations: 1000, of: value)
            if found.value < best?.value ?? .infinity { best = found }
        }
        guard var best, best.value < Self.impossible else { throw .notComputable("a distribution's likeliest parameters") }
        for step in [0.1, 0.01, 0.1, 0.01, 0.001, 0.01, 0.001, 1e-4] {
            let found = try NelderMead.minimum(
                from: best.point, steps: [step, step, step], size: 1e-11, iterations: 2000, of: value)
            if found.value <= best.value { best = found }
        }
        return Result(
            shape: best.point[0], location: best.point[1], scale: exp(best.point[2]), logLikelihood: -best.value)
    }

    /// What stands for −∞ in a search that takes finite numbers only.
    private static let impossible = 1e300

    /// −ln likelihood at (ξ, μ, ln σ).
    private func value(at point: UnsafePointer<Double>) -> Double {
        let (shape, location, logScale) = (point[0], point[1], point[2])
        // A scale next to nothing fits no distribution but ties, whose likelihood has no bound.
        guard shape > -1, logScale > -20, logScale < 700 else { return Self.impossible }
        let factor = exp(-logScale)
        var sum = 0.0
        for x in samples { sum += GeneralisedExtremeValue.standardLogDensity((x - location) * factor, shape: shape) }
        let result = Double(samples.count) * logScale - sum
        return result < Self.impossible ? result : Self.impossible
    }

    private func value(at start: [Double]) -> Double { start.withUnsafeBufferPointer { $0.baseAddress.map(value) ?? 0 } }

    /// Where the search begins: shapes of either sign and every size, with the least scale that gives all numbers a
    /// density, and Gumbel's distribution with the numbers' mean and variance.
    private var starts: [[Double]] {
        let (count, low, high) = (Double(samples.count), samples[0], samples[samples.count - 1])
        let mean = samples.reduce(0, +) / count
        let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let gumbelScale = (6 * variance).squareRoot() / Double.pi
        let eulerGamma = 0.5772156649015329
        var starts = [[0, mean - eulerGamma * gumbelScale, log(gumbelScale)]]
        for size in [0.1, 1, 5, 10, 20, 50, 100] {
            // Below −1 there is no maximum: those begin just above.
            for shape in [size, Swift.max(-size, -0.9)] {
                let reach = shape > 0 ? -low : high
                starts.append([shape, 0, log(Swift.max(gumbelScale, 1.1 * abs(shape) * reach))])
            }
        }
        return starts
    }
}
