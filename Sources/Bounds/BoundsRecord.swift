import Datasets
import Foundation
import Records
import Statistics
import Tensors

/// What bounds were computed of which model and data: the content of a bounds run's `run.json`.
public struct BoundsRecord: Sendable, Equatable, Codable {
    public let schema: Int
    /// The version of Surety that wrote the record.
    public let surety: String
    /// Always `bounds`.
    public let method: String
    public let model: ModelRecord
    public let data: DataRecord
    public let selection: ImageSelection
    public var settings: Settings

    public struct Settings: Sendable, Equatable, Codable {
        public let norm: Norm
        /// What was sampled for the estimates; this and all settings of estimates are nil where none were made.
        public let sampleData: DataRecord?
        /// What the losses are of; nil also in records of older versions, which had both kinds.
        public let scores: [LossScores]?
        /// Nil also in records of older versions: they have the paper's ω with v sought along and against the gradient.
        public let omega: ModulusKind?
        public let p: Double?
        public let blocks: Int?
        public let blockSize: Int?
        public let grid: [Double]?
        public let directions: Int?
        public let ascents: Int?
        public let resamples: Int?
        public let seed: UInt64?
        public let proven: Proven?
        /// What each kind of radius is worth.
        public let standing: Standing
        public var fits: Fits

        public init(
            norm: Norm, estimates: Sample?, proven: Proven?, fits: Fits = Fits()
        ) {
            (self.norm, self.proven, self.fits) = (norm, proven, fits)
            sampleData = (estimates?.images).map { DataRecord($0) }
            scores = estimates?.scores.sorted { $0.rawValue < $1.rawValue }
            let it = estimates?.sampling
            (omega, p, blocks, blockSize, grid) = (it?.modulus, it?.p, it?.blocks, it?.blockSize, it?.grid)
            (directions, ascents, resamples, seed) = (it?.directions, it?.ascents, it?.resamples, it?.seed)
            standing = Standing()
        }
    }

    /// What estimates are made from.
    public struct Sample: Sendable {
        public let images: LabelledImages
        public let scores: Set<LossScores>
        public let sampling: BlockSampling

        public init(images: LabelledImages, scores: Set<LossScores>, sampling: BlockSampling) {
            (self.images, self.scores, self.sampling) = (images, scores, sampling)
        }
    }

    public struct Proven: Sendable, Equatable, Codable {
        public let method: ProvenBound.Method
        /// The one radius that was tried; nil when the largest was sought.
        public let epsilon: Double?

        public init(method: ProvenBound.Method, epsilon: Double?) { (self.method, self.epsilon) = (method, epsilon) }
    }

    public struct Standing: Sendable, Equatable, Codable {
        public let lipschitz: String
        public let modulus: String
        public let proven: String

        init() { (lipschitz, modulus, proven) = ("estimate", "estimate", "proven") }
    }

    public init(model: ModelRecord, data: LabelledImages, selection: ImageSelection, settings: Settings) {
        (schema, surety, method) = (RecordFormat.schema, RecordFormat.version, "bounds")
        (self.model, self.data, self.selection, self.settings) = (model, DataRecord(data), selection, settings)
    }
}

extension BoundsRecord {
    /// The fits behind the estimates: for L, and for ω at each radius of the grid.
    public struct Fits: Sendable, Equatable, Codable {
        public var logits: [Fit] = []
        public var probabilities: [Fit] = []

        public init() {}

        /// - Parameter withMaxima: Whether the block maxima are to be among them.
        public init(_ bounds: EstimatedBounds, withMaxima: Bool) {
            logits = Self.fits(bounds.logits, withMaxima)
            probabilities = Self.fits(bounds.probabilities, withMaxima)
        }

        private static func fits(_ bounds: LossBounds?, _ withMaxima: Bool) -> [Fit] {
            guard let bounds else { return [] }
            let lipschitz = Fit(
                "lipschitz", nil, bounds.lipschitz, value: bounds.lipschitz.value, bounds.lipschitzSpread,
                failure: bounds.lipschitz.failure, withMaxima)
            return [lipschitz] + bounds.modulus.map {
                Fit("modulus", $0.epsilon, $0.estimate, value: $0.value, $0.spread, failure: $0.failure, withMaxima)
            }
        }
    }

    /// One fit; it has no parameters where no distribution could be fitted.
    public struct Fit: Sendable, Equatable, Codable {
        /// `lipschitz` or `modulus`.
        public let of: String
        /// The radius, of a modulus.
        public let epsilon: Double?
        /// The estimate that the bounds use; nil where there is none.
        public let value: Double?
        /// Where nine tenths of the bootstrap's values lie: two numbers.
        public let spread: [Double]?
        public let quantile: Double?
        public let shape: Double?
        public let location: Double?
        public let scale: Double?
        public let logLikelihood: Double?
        public let kolmogorovSmirnovP: Double?
        public let poor: Bool?
        /// The border of what is searched on which the fit lies; nil inside.
        public let border: ExtremeValueFit.Border?
        /// Why the estimate failed; nil where it did not.
        public let failure: String?
        /// Why the estimate is not the quantile.
        public let remark: String?
        public let maxima: [Double]?

        init(
            _ of: String, _ epsilon: Double?, _ estimate: ExtremeValueEstimate, value: Double?,
            _ spread: ClosedRange<Double>?, failure: String?, _ withMaxima: Bool
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
            maxima = withMaxima ? estimate.maxima : nil
        }

        private enum CodingKeys: String, CodingKey {
            case of, epsilon, value, spread, quantile, shape, location, scale, logLikelihood, kolmogorovSmirnovP, poor, border
            case failure, remark, maxima
        }

        /// With `value` in any case, null where there is none.
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
}
