import Foundation

/// A generalised extreme value distribution fitted to block maxima by maximum likelihood, and how well it fits.
///
///     let fit = try ExtremeValueFit(to: maxima)
///     try fit.upperEstimate(0.001)      // what the maximum of a further block exceeds once in a thousand
///     fit.problem                       // why not to rely on it; nil where nothing speaks against it
///
/// Coles (2001), section 3.3, with the shape ξ kept between −1 and 1. Below −1 the likelihood has no maximum: it grows without
/// bound as the upper end point nears the largest number (Smith 1985). Above 1 it may do so as the lower end point nears the
/// smallest number: at a distance δ, with a scale like δ, k numbers there, tied or nearly so, add −k ln δ to its logarithm,
/// and each of the other n − k takes (−ln δ)/ξ off: ξ > (n − k)/k is enough. Shapes of 1 and more also mean that maxima have no
/// mean; Coles and Dixon ("Likelihood-based inference for extreme value models", 1999) exclude them too.
public struct ExtremeValueFit: Sendable, Equatable {
    /// An edge of the search, if the likeliest parameters lie there: there may be likelier ones beyond it.
    public enum Border: String, Sendable, Codable {
        /// The shape −1.
        case lowestShape
        /// The shape 1.
        case highestShape
        /// The numbers are tied so much that their density has no bound.
        case leastScale
    }

    /// The distribution whose parameters make the numbers likeliest.
    public let distribution: GeneralisedExtremeValue
    /// nil for a maximum of the likelihood.
    public let border: Border?
    /// The natural logarithm of the likelihood, summed over the numbers.
    public let logLikelihood: Double
    /// The p-value of Kolmogorov and Smirnov's test of the numbers against the fitted distribution. Because that was fitted
    /// to the same numbers, it is larger than it would be otherwise: a small value says that the fit is poor, a large one
    /// says little.
    public let kolmogorovSmirnovP: Double
    /// How many numbers were fitted.
    public let count: Int
    /// The largest of them.
    public let maximum: Double

    /// Below this p-value a fit is called poor.
    public static let poorBelow = 0.001

    /// The fewest numbers that three parameters are fitted to.
    public static let fewest = 10

    /// The shapes that are searched.
    public static let shapes = -1.0...1.0

    /// Whether the numbers do not look as if they came from the distribution.
    public var isPoor: Bool { kolmogorovSmirnovP < Self.poorBelow }

    /// Why the fit cannot be relied on, in words; nil if nothing speaks against it.
    public var problem: String? {
        switch border {
        case .lowestShape: "the likeliest shape lies at the border, −1"
        case .highestShape: "the likeliest shape lies at the border, 1"
        case .leastScale: "too many numbers are tied"
        case nil: isPoor ? "the fit is poor" : nil
        }
    }

    /// The fitted distribution's upper quantile at p, or the largest number seen, whichever is larger: the cautious side,
    /// even if the fit cannot be relied on.
    ///
    /// - Throws: `StatisticsError.levelOutOfRange` unless 0 < p < 1.
    public func upperEstimate(_ p: Double) throws(StatisticsError) -> Double {
        let quantile = try distribution.upperQuantile(p)
        return quantile.isFinite ? max(quantile, maximum) : maximum
    }

    /// What `upperEstimate` would be if the numbers had been those of a resample; if all are equal, their value.
    ///
    /// - Throws: What a fit throws, except for equal numbers.
    public func upperEstimate(_ p: Double, resample: [Double]) throws(StatisticsError) -> Double {
        let largest = resample.max() ?? maximum
        do {
            let quantile = try refitted(to: resample).upperQuantile(p)
            return quantile.isFinite ? max(quantile, largest) : largest
        } catch {
            switch error {
            case .samplesEqual, .notComputable: return largest
            default: throw error
            }
        }
    }

    /// - Parameter samples: At least `fewest` numbers that are not all equal.
    /// - Throws: `StatisticsError` for too few, equal, or not finite ones.
    public init(to samples: [Double]) throws(StatisticsError) {
        let numbers = try StandardisedNumbers(samples)
        let best = try LikelihoodSearch(numbers.values).maximum()
        distribution = try numbers.distribution(best)
        border = best.border
        logLikelihood = best.logLikelihood - Double(samples.count) * log(numbers.spread)
        let sorted = samples.sorted()
        (count, maximum) = (sorted.count, sorted[sorted.count - 1])
        kolmogorovSmirnovP = KolmogorovSmirnov.pValue(sorted, distribution: distribution.cumulative)
    }

    /// The distribution fitted to a resample of the numbers, by a search that begins at this fit: for a bootstrap, this is
    /// many times faster than a separate fit.
    ///
    /// - Throws: As for a fit.
    func refitted(to resample: [Double]) throws(StatisticsError) -> GeneralisedExtremeValue {
        let numbers = try StandardisedNumbers(resample)
        return try numbers.distribution(LikelihoodSearch(numbers.values).maximum(near: numbers.standardised(distribution)))
    }
}

/// Sorted numbers as (x − median)/width, so that no step of the search depends on their unit.
private struct StandardisedNumbers {
    let values: [Double]
    let median, spread: Double

    init(_ samples: [Double]) throws(StatisticsError) {
        guard samples.count >= ExtremeValueFit.fewest else {
            throw .tooFewSamples(count: samples.count, needed: ExtremeValueFit.fewest)
        }
        if let index = samples.firstIndex(where: { !$0.isFinite }) {
            throw .sampleNotFinite(index: index, value: samples[index])
        }
        let sorted = samples.sorted()
        let (count, low, high) = (sorted.count, sorted[0], sorted[sorted.count - 1])
        let (median, width) = (sorted[count / 2], sorted[count * 3 / 4] - sorted[count / 4])
        let spread = width > 0 ? width : high - low
        guard spread > 0 else { throw .samplesEqual(value: high) }
        values = sorted.map { ($0 - median) / spread }
        guard spread.isFinite, values.allSatisfy(\.isFinite) else {
            throw .notComputable("the distribution of numbers from \(low) to \(high)")
        }
        (self.median, self.spread) = (median, spread)
    }

    func distribution(_ it: LikelihoodSearch.Result) throws(StatisticsError) -> GeneralisedExtremeValue {
        try GeneralisedExtremeValue(shape: it.shape, location: median + spread * it.location, scale: spread * it.scale)
    }

    /// Where a search for a distribution near this one begins.
    func standardised(_ it: GeneralisedExtremeValue) -> [Double] {
        [it.shape, (it.location - median) / spread, log(it.scale / spread)]
    }
}

/// The search for the parameters under which standardised, sorted numbers are likeliest.
private struct LikelihoodSearch {
    struct Result {
        let shape, location, scale, logLikelihood: Double
        let border: ExtremeValueFit.Border?
    }

    private let samples: [Double]

    init(_ samples: [Double]) { self.samples = samples }

    /// The best point that Nelder and Mead's method finds from all starts; the search is repeated from there until it no
    /// longer improves.
    func maximum() throws(StatisticsError) -> Result {
        var best: (point: [Double], value: Double)?
        for start in starts where value(at: start) < Self.impossible {
            let found = try NelderMead.minimum(
                from: start, steps: [0.2, 0.2, 0.2], size: 1e-5, iterations: 1000, of: value)
            if found.value < best?.value ?? .infinity { best = found }
        }
        guard let best, best.value < Self.impossible else { throw .notComputable("a distribution's likeliest parameters") }
        return try improved(best, steps: [0.1, 0.01, 0.1, 0.01, 0.001, 0.01, 0.001, 1e-4], size: 1e-11)
    }

    /// The best point near a given one.
    func maximum(near start: [Double]) throws(StatisticsError) -> Result {
        try improved((start, value(at: start)), steps: [0.1, 0.02], size: 1e-4)
    }

    private func improved(
        _ start: (point: [Double], value: Double), steps: [Double], size: Double
    ) throws(StatisticsError) -> Result {
        var best = start
        for step in steps {
            let found = try NelderMead.minimum(
                from: best.point, steps: [step, step, step], size: size, iterations: 2000, of: value)
            if found.value <= best.value { best = found }
        }
        guard best.value < Self.impossible else { throw .notComputable("a distribution's likeliest parameters") }
        let (shape, logScale) = Self.limited(best.point[0], best.point[2])
        let border: ExtremeValueFit.Border? =
            if best.point[2] - Self.leastLogScale < Self.edge { .leastScale }
            else if shape - ExtremeValueFit.shapes.lowerBound < Self.edge { .lowestShape }
            else if ExtremeValueFit.shapes.upperBound - shape < Self.edge { .highestShape } else { nil }
        let inside = [shape, best.point[1], logScale]
        return Result(
            shape: shape, location: inside[1], scale: exp(logScale), logLikelihood: -value(at: inside), border: border)
    }

    /// What stands for −∞ in a search that takes finite numbers only.
    private static let impossible = 1e300
    /// A scale near zero fits ties, whose likelihood has no bound, but no distribution.
    private static let leastLogScale = -20.0
    /// Anything this near to a border counts as lying on it.
    private static let edge = 1e-4

    private static func limited(_ shape: Double, _ logScale: Double) -> (shape: Double, logScale: Double) {
        (min(max(shape, ExtremeValueFit.shapes.lowerBound), ExtremeValueFit.shapes.upperBound), max(logScale, leastLogScale))
    }

    /// −ln likelihood at (ξ, μ, ln σ). Beyond a border, it is the value on the border plus the squared distance from there.
    /// So the search can run along the border, where a wall would stop it.
    private func value(at point: UnsafePointer<Double>) -> Double {
        let location = point[1]
        let (shape, logScale) = Self.limited(point[0], point[2])
        guard logScale < 700 else { return Self.impossible }
        let beyond = (point[0] - shape) * (point[0] - shape) + (point[2] - logScale) * (point[2] - logScale)
        let factor = exp(-logScale)
        var sum = 0.0
        for x in samples { sum += GeneralisedExtremeValue.standardLogDensity((x - location) * factor, shape: shape) }
        let result = Double(samples.count) * logScale - sum + beyond
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
        for shape in [0.1, 0.3, 0.6, 0.9].flatMap({ [$0, -$0] }) {
            let reach = shape > 0 ? -low : high
            starts.append([shape, 0, log(Swift.max(gumbelScale, 1.1 * abs(shape) * reach))])
        }
        return starts
    }
}
