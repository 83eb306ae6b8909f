import Foundation
import SuretyRecords
import SuretyStatistics

/// The fits behind the estimates of a run of bounds, for L and for ω at each radius of the grid: the content of `fits.json`.
public struct FitReport: Sendable, Equatable, Codable {
    /// The fits for the loss on logits; empty if it was not asked for.
    public let logits: [BoundsFit]
    /// The fits for the loss on probabilities.
    public let probabilities: [BoundsFit]

    /// The fits behind these estimates; a kind of scores without estimates has none.
    public init(_ bounds: EstimatedBounds) {
        logits = Self.fits(bounds.logits)
        probabilities = Self.fits(bounds.probabilities)
    }

    private static func fits(_ bounds: LossBounds?) -> [BoundsFit] {
        guard let bounds else { return [] }
        let lipschitz = BoundsFit(
            "lipschitz", nil, bounds.lipschitz, value: bounds.lipschitz.value, bounds.lipschitzSpread,
            failure: bounds.lipschitz.failure)
        return [lipschitz] + bounds.modulus.map {
            BoundsFit("modulus", $0.epsilon, $0.estimate, value: $0.value, $0.spread, failure: $0.failure)
        }
    }

    /// The file's bytes.
    ///
    /// - Throws: `EncodingError` for a number that is not finite.
    public func fileContents() throws -> Data { CanonicalJSON.indented(try CanonicalJSON.data(self)) }

    /// Reads `fits.json` of a run's directory.
    ///
    /// - Throws: `RunError` that names what cannot be read.
    public init(of directory: URL) throws(RunError) {
        let file = directory.appending(path: Self.file)
        let contents = try RunFile.read(file)
        do { self = try JSONDecoder().decode(Self.self, from: contents) } catch {
            throw .damaged(file, CanonicalJSON.explain(error))
        }
    }

    package static let file = "fits.json"
}

/// One fit; the parameters are nil if no distribution could be fitted.
public struct BoundsFit: Sendable, Equatable, Codable {
    /// `lipschitz` or `modulus`.
    public let of: String
    /// The radius of a modulus; nil for L.
    public let epsilon: Double?
    /// The estimate that the bounds use; nil if there is none.
    public let value: Double?
    /// The interval that holds nine tenths of the bootstrap's values: two numbers.
    public let spread: [Double]?
    /// The upper quantile of the fitted distribution; nil without a fit, or if it is not finite.
    public let quantile: Double?
    /// The fitted distribution's shape ξ; nil without a fit, as are the other parameters.
    public let shape: Double?
    /// The fitted distribution's location μ.
    public let location: Double?
    /// The fitted distribution's scale σ, above 0.
    public let scale: Double?
    /// The natural logarithm of the likelihood of the maxima; nil without a fit.
    public let logLikelihood: Double?
    /// The p-value of Kolmogorov and Smirnov's test of the maxima against the fit; nil without a fit.
    public let kolmogorovSmirnovP: Double?
    /// Whether that p-value is so small that the fit cannot be relied on; nil without a fit.
    public let poor: Bool?
    /// The edge of the search that the fit lies on; nil for a fit inside it.
    public let border: ExtremeValueFit.Border?
    /// Why the estimate failed; nil if it did not fail.
    public let failure: String?
    /// Why the estimate is not the quantile, although it is good; nil if it is the quantile.
    public let remark: String?
    /// The maximum of each block, in the order of the blocks.
    public let maxima: [Double]?

    init(
        _ of: String, _ epsilon: Double?, _ estimate: ExtremeValueEstimate, value: Double?,
        _ spread: ClosedRange<Double>?, failure: String?
    ) {
        (self.of, self.epsilon, self.value, quantile) = (of, epsilon, value, estimate.quantile)
        self.spread = spread.map { [$0.lowerBound, $0.upperBound] }
        let distribution = estimate.fit?.distribution
        (shape, location, scale) = (distribution?.shape, distribution?.location, distribution?.scale)
        (logLikelihood, kolmogorovSmirnovP) = (estimate.fit?.logLikelihood, estimate.fit?.kolmogorovSmirnovP)
        (poor, border, self.failure) = (estimate.fit?.isPoor, estimate.fit?.border, failure)
        let change: String? =
            if failure == nil, estimate.failure != nil {
                "nearly all that is possible was seen, and is used"
            } else if let value, let own = estimate.value, value != own {
                value < own ? "limited to what is possible" : "ω at a smaller radius is larger, and used"
            } else { nil }
        remark = change ?? estimate.remark
        maxima = estimate.maxima
    }

    private enum CodingKeys: String, CodingKey {
        case of, epsilon, value, spread, quantile, shape, location, scale, logLikelihood, kolmogorovSmirnovP, poor, border
        case failure, remark, maxima
    }

    /// Always writes `value`, as null if there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(of, forKey: .of)
        try container.encodeIfPresent(epsilon, forKey: .epsilon)
        try container.encode(value, forKey: .value)
        try container.encodeIfPresent(spread, forKey: .spread)
        for (number, key) in [
            (quantile, CodingKeys.quantile), (shape, .shape), (location, .location), (scale, .scale),
            (logLikelihood, .logLikelihood), (kolmogorovSmirnovP, .kolmogorovSmirnovP),
        ] {
            try container.encodeIfPresent(number, forKey: key)
        }
        try container.encodeIfPresent(poor, forKey: .poor)
        try container.encodeIfPresent(border, forKey: .border)
        try container.encodeIfPresent(failure, forKey: .failure)
        try container.encodeIfPresent(remark, forKey: .remark)
        try container.encodeIfPresent(maxima, forKey: .maxima)
    }
}
