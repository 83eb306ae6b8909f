import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTensors

/// The record of a run of bounds: `run.json`.
public typealias BoundsRecord = RunRecord<BoundsSettings>
/// The record of a run of bounds and the bounds of its images.
public typealias BoundsRun = RunContents<BoundsSettings>

/// What bounds were computed: the member `settings` of the `run.json` of `surety bounds`.
public struct BoundsSettings: Sendable, Equatable, Codable {
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
    public let standing: Standings

    public init(norm: Norm, estimates: Sample?, proven: Proven?) {
        (self.norm, self.proven) = (norm, proven)
        sampleData = (estimates?.images).map { DataRecord($0) }
        scores = estimates?.scores.sorted { $0.rawValue < $1.rawValue }
        let it = estimates?.sampling
        (omega, p, blocks, blockSize, grid) = (it?.modulus, it?.p, it?.blocks, it?.blockSize, it?.grid)
        (directions, ascents, resamples, seed) = (it?.directions, it?.ascents, it?.resamples, it?.seed)
        standing = Standings()
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

    /// Which proof was sought.
    public struct Proven: Sendable, Equatable, Codable {
        public let method: ProvenBound.Method
        /// The one radius that was tried; nil when the largest was sought.
        public let epsilon: Double?

        public init(method: ProvenBound.Method, epsilon: Double?) { (self.method, self.epsilon) = (method, epsilon) }
    }

    /// What each kind of radius is worth, as `Standing` names it.
    public struct Standings: Sendable, Equatable, Codable {
        public let lipschitz, modulus, proven: String

        init() { (lipschitz, modulus, proven) = (Standing.estimate.name, Standing.estimate.name, Standing.proven.name) }
    }

    /// The sample that these settings speak of, from the images it was taken from; nil where there were no estimates.
    ///
    /// - Throws: `BoundsError.setting` for numbers that cannot be.
    public func sample(of images: LabelledImages) throws(BoundsError) -> Sample? {
        guard let scores, let blocks, let grid else { return nil }
        return Sample(
            images: images, scores: Set(scores),
            sampling: try BlockSampling(
                of: images.count, blocks: blocks, blockSize: blockSize, grid: grid, modulus: omega ?? .paper,
                directions: directions ?? 0, ascents: ascents, p: p ?? 0, seed: seed ?? 0, resamples: resamples ?? 0))
    }
}

extension BoundsSettings: RunSettings {
    public typealias Line = ImageBounds

    public static let schema = 2
    public static let linesFile = "bounds.jsonl"
    public static let lineName = "bound"
    public static let methods = ["bounds"]

    public var method: String { Self.methods[0] }

    public func objections(to line: ImageBounds, dimensions: Int) -> [String] {
        var objections: [String] = []
        let isRight = line.answer == line.label
        for (name, radius) in [
            ("the proven radius", line.proven?.radius), ("the L-bound on logits", line.logits?.lipschitz),
            ("the ω-bound on logits", line.logits?.modulus), ("the L-bound on probabilities", line.probabilities?.lipschitz),
            ("the ω-bound on probabilities", line.probabilities?.modulus),
        ] {
            guard let radius, radius != 0 else { continue }
            if !(radius > 0) { objections.append("\(name) is \(radius)") }
            if !isRight { objections.append("\(name) is \(radius), but the image is misclassified as it is") }
        }
        guard let made = line.proven else { return objections }
        if made.method != proven?.method { objections.append("the proof is not by the run's method") }
        if let epsilon = proven?.epsilon {
            if made.radius != 0, made.radius != epsilon { objections.append("the radius \(made.radius) was not tried") }
            if made.radius > 0, !(made.margin ?? -1 > 0) { objections.append("the margin does not prove the radius \(made.radius)") }
        }
        return objections
    }
}
