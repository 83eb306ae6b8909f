import Datasets
import Foundation

/// What bounds were computed of which model and data: the content of a bounds run's `run.json`.
public struct BoundsRecord: Sendable, Equatable, Codable {
    public let schema: Int
    /// The version of Surety that wrote the record.
    public let surety: String
    /// Always `bounds`.
    public let method: String
    public let model: RunRecord.Model
    public let data: RunRecord.Data
    public let selection: ImageSelection
    public var settings: Settings

    public struct Settings: Sendable, Equatable, Codable {
        public let norm: SmoothingSettings.Norm
        /// What was sampled for the estimates.
        public let sampleData: RunRecord.Data
        public let p: Double
        public let blocks: Int
        public let blockSize: Int
        public let grid: [Double]
        public let directions: Int
        public let ascents: Int
        public let seed: UInt64
        public let proven: Proven?
        /// What each kind of radius is worth.
        public let standing: Standing
        public var fits: Fits

        public init(
            norm: SmoothingSettings.Norm, sampling: BlockSampling, sample: LabelledImages, proven: Proven?,
            fits: Fits = Fits()
        ) {
            (self.norm, sampleData, self.proven, self.fits) = (norm, RunRecord.Data(sample), proven, fits)
            (p, blocks, blockSize, grid) = (sampling.p, sampling.blocks, sampling.blockSize, sampling.grid)
            (directions, ascents, seed) = (sampling.directions, sampling.ascents, sampling.seed)
            standing = Standing()
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

    public init(model: RunRecord.Model, data: LabelledImages, selection: ImageSelection, settings: Settings) {
        (schema, surety, method) = (RunRecord.schema, RunRecord.version, "bounds")
        (self.model, self.data, self.selection, self.settings) = (model, RunRecord.Data(data), selection, settings)
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

        private static func fits(_ bounds: LossBounds, _ withMaxima: Bool) -> [Fit] {
            [Fit("lipschitz", nil, bounds.lipschitz, value: bounds.lipschitz.value, withMaxima)]
                + bounds.modulus.map { Fit("modulus", $0.epsilon, $0.estimate, value: $0.value, withMaxima) }
        }
    }

    /// One fit; of parameters there are none where no distribution could be fitted.
    public struct Fit: Sendable, Equatable, Codable {
        /// `lipschitz` or `modulus`.
        public let of: String
        /// The radius, of a modulus.
        public let epsilon: Double?
        /// The estimate that the bounds use.
        public let value: Double
        public let quantile: Double?
        public let shape: Double?
        public let location: Double?
        public let scale: Double?
        public let logLikelihood: Double?
        public let kolmogorovSmirnovP: Double?
        public let poor: Bool?
        /// Why the estimate is not the quantile.
        public let remark: String?
        public let maxima: [Double]?

        init(_ of: String, _ epsilon: Double?, _ estimate: ExtremeValueEstimate, value: Double, _ withMaxima: Bool) {
            (self.of, self.epsilon, self.value, quantile) = (of, epsilon, value, estimate.quantile)
            let distribution = estimate.fit?.distribution
            (shape, location, scale) = (distribution?.shape, distribution?.location, distribution?.scale)
            (logLikelihood, kolmogorovSmirnovP) = (estimate.fit?.logLikelihood, estimate.fit?.kolmogorovSmirnovP)
            (poor, remark) = (estimate.fit?.isPoor, estimate.remark)
            maxima = withMaxima ? estimate.maxima : nil
        }
    }
}
