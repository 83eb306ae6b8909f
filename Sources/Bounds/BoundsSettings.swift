import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTensors

/// The record of a run of bounds: `run.json`.
public typealias BoundsRecord = RunRecord<BoundsSettings>
/// The record of a run of bounds and the bounds of its images.
public typealias BoundsRun = RunContents<BoundsSettings>

/// The bounds that were computed: the member `settings` of the `run.json` of `surety bounds`.
public struct BoundsSettings: Sendable, Equatable, Codable {
    /// The norms in which there are bounds.
    public static let norms: [Norm] = [.l2, .linf]

    /// The norm of all radii.
    public let norm: Norm
    /// What was sampled for the estimates; this and all settings of estimates are nil if no estimates were made.
    public let sampleData: DataRecord?
    /// What the losses are computed from; also nil in records of older versions, which had both kinds.
    public let scores: [LossScores]?
    /// Which ω was estimated; also nil in records of older versions, which have the paper's ω with v sought along and against
    /// the gradient.
    public let omega: ModulusKind?
    /// The probability that the maximum of a further block exceeds the quantile used.
    public let p: Double?
    /// The number of blocks, and so of maxima.
    public let blocks: Int?
    /// Images in a block.
    public let blockSize: Int?
    /// The radii at which ω is estimated, ascending.
    public let grid: [Double]?
    /// Random perturbations of each image at each radius.
    public let directions: Int?
    /// Steps of ascent after each perturbation.
    public let ascents: Int?
    /// How often blocks are drawn again, to see how much the estimates vary.
    public let resamples: Int?
    /// The seed of the order of images and of their perturbations.
    public let seed: UInt64?
    /// The proof that was sought; nil for none.
    public let proven: Proven?
    /// What each kind of radius is worth.
    public let standing: StandingByKind

    /// - Parameters:
    ///   - estimates: What the estimates are made from; nil for none.
    ///   - proven: The proof to seek for each image; nil for none.
    public init(norm: Norm, estimates: Sample?, proven: Proven?) {
        (self.norm, self.proven) = (norm, proven)
        sampleData = (estimates?.images).map { DataRecord($0) }
        scores = estimates?.scores.sorted { $0.rawValue < $1.rawValue }
        let it = estimates?.sampling
        (omega, p, blocks, blockSize, grid) = (it?.modulus, it?.p, it?.blocks, it?.blockSize, it?.grid)
        (directions, ascents, resamples, seed) = (it?.directions, it?.ascents, it?.resamples, it?.seed)
        standing = StandingByKind()
    }

    /// What estimates are made from.
    public struct Sample: Sendable {
        /// The images to sample from, with their labels.
        public let images: LabelledImages
        /// The scores to estimate on: logits, probabilities, or both.
        public let scores: Set<LossScores>
        /// Which of the images, and which of their perturbations, are examined.
        public let sampling: BlockSampling

        /// A sample with enough `images` for its blocks.
        public init(images: LabelledImages, scores: Set<LossScores>, sampling: BlockSampling) {
            (self.images, self.scores, self.sampling) = (images, scores, sampling)
        }

        /// Requires images to sample from to have the shape of those that are tested.
        ///
        /// - Throws: `BoundsError.setting` with both shapes.
        public static func require(_ images: LabelledImages, shapedAs tested: LabelledImages) throws(BoundsError) {
            guard images.shape == tested.shape else {
                throw .setting("--sample-data has images of shape \(images.shape), and --data \(tested.shape): they must agree")
            }
        }
    }

    /// Which proof was sought.
    public struct Proven: Sendable, Equatable, Codable {
        /// How the margins are bounded.
        public let method: ProofMethod
        /// The one radius that was tried; nil when the largest was sought.
        public let epsilon: Double?

        /// - Parameter epsilon: The one radius to try; nil to seek the largest.
        public init(method: ProofMethod, epsilon: Double?) { (self.method, self.epsilon) = (method, epsilon) }
    }

    /// - Throws: `BoundsError.setting` for a norm in which there are no bounds.
    static func require(_ norm: Norm) throws(BoundsError) {
        guard norms.contains(norm) else {
            let known = norms.map(\.rawValue).joined(separator: " and ")
            throw .setting("there are no bounds in \(norm.rawValue), only in \(known)")
        }
    }

    /// What each kind of radius is worth, as `Standing` names it.
    public struct StandingByKind: Sendable, Equatable, Codable {
        /// What L-bounds, ω-bounds and proven radii are worth.
        public let lipschitz, modulus, proven: String

        init() { (lipschitz, modulus, proven) = (Standing.estimate.name, Standing.estimate.name, Standing.proven.name) }
    }

    /// The sample that these settings describe, from the images it was taken from; nil if there were no estimates.
    ///
    /// - Throws: `BoundsError.setting` for numbers outside their ranges.
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
    /// The bounds of one image.
    public typealias Line = ImageBounds

    /// 2: lines and record have digests, which version 1 lacked.
    public static let schema = 2
    /// A line for each image, as canonical JSON.
    public static let linesFile = "bounds.jsonl"
    /// A line is called a bound, whatever it holds.
    public static let lineName = "bound"
    /// The one command that makes such a run.
    public static let methods = ["bounds"]

    /// `bounds`, always.
    public var method: String { Self.methods[0] }

    /// Finds radii that are negative, above 0 for a misclassified image, or inconsistent with the proof that was asked for.
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
            if !isRight { objections.append("\(name) is \(radius), but the image is already misclassified") }
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
