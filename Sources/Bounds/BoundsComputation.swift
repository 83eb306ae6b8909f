import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyTensors

/// The bounds of images: estimates of L and ω, made once, and a proof for each image.
///
///     let computation = try BoundsComputation(settings, of: network, sample: sample, threads: 2)
///     let bounds = try computation.bounds(of: images, at: [0, 1, 2])
public struct BoundsComputation: Sendable {
    /// What was estimated, for the summary and the plot.
    public let estimated: EstimatedBounds
    /// Why there is no proof even though one was asked for; nil otherwise.
    public let refusal: BoundsError?
    private let settings: BoundsSettings
    private let proof: (any MarginBound)?
    private let threads: Int

    /// Takes the samples that the estimates rest on.
    ///
    /// - Parameters:
    ///   - sample: What the estimates are made from; nil for none.
    ///   - progress: Called after each block sampled.
    /// - Throws: What `progress` throws; `NetworkError`, `GraphError` or `BoundsError` when the network cannot be compiled. A
    ///   network about which nothing can be proven is not an error: see `refusal`.
    public init(
        _ settings: BoundsSettings, of network: Network, sample: BoundsSettings.Sample?, threads: Int,
        progress: @escaping @Sendable () throws -> Void = {}
    ) throws {
        try BoundsSettings.require(settings.norm)
        (self.settings, self.threads) = (settings, threads)
        do {
            proof = try settings.proven.map { try $0.method.bound(of: network, norm: settings.norm) }
            refusal = nil
        } catch let error as BoundsError {
            (proof, refusal) = (nil, error)
        }
        estimated = try sample.map {
            try EstimatedBounds(
                of: network, norm: settings.norm, scores: $0.scores, sampling: $0.sampling, from: $0.images, threads: threads,
                progress: progress)
        } ?? EstimatedBounds(withoutEstimatesOf: network, norm: settings.norm)
    }

    /// The bounds of images, in the order of `indices`.
    ///
    /// - Throws: `BoundsError.notFinite` if the network gives no answer; `GraphError`.
    public func bounds(of images: LabelledImages, at indices: [Int]) throws -> [ImageBounds] {
        var bounds = try estimated.bounds(of: images, at: indices, threads: threads)
        guard let proof, let sought = settings.proven else { return bounds }
        for (place, proven) in try proven(proof, sought, bounds, of: images).enumerated() { bounds[place].proven = proven }
        return bounds
    }

    /// The least margin of every image within the single radius asked for, or the proven radii. Misclassified images get 0;
    /// no radius is sought for them.
    private func proven(
        _ proof: any MarginBound, _ sought: BoundsSettings.Proven, _ bounds: [ImageBounds], of images: LabelledImages
    ) throws -> [ImageBounds.Proven] {
        let isRight = bounds.map { $0.answer == $0.label }
        if let epsilon = sought.epsilon {
            let margins = try proof.margins(of: images, at: bounds.map(\.image), epsilon: epsilon, threads: threads)
            return zip(margins, isRight).map { margin, isRight in
                .init(
                    method: sought.method, radius: isRight && margin > 0 ? epsilon : 0, margin: margin.isFinite ? margin : nil)
            }
        }
        let right = bounds.indices.filter { isRight[$0] }
        var radii = [Double](repeating: 0, count: bounds.count)
        let found = try proof.radii(of: images, at: right.map { bounds[$0].image }, threads: threads)
        for (place, radius) in zip(right, found) { radii[place] = radius }
        return radii.map { .init(method: sought.method, radius: $0) }
    }
}
