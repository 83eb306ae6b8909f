import Datasets
import Foundation
import Records

/// Randomized smoothing (Cohen, Rosenfeld and Kolter 2019), from images to certificates: noise, votes, verdict.
///
///     let settings = try SmoothingSettings(
///         .certify(n0: 100, bound: .clopperPearson, norm: .l2), sigma: 0.25, alpha: 0.001, n: 100_000, seed: 0)
///     let classifier = try SmoothedClassifier(network, settings)
///     try classifier.certify(Array(0..<100), of: images, threads: 2) { print($0.verdict) }
///
/// The three steps are `NoisyBatch` (x + σz and f), `countVotes` (how often f answers each class), and `Certifier`
/// or `Predictor` (what the counts allow to say).
extension SmoothedClassifier {
    /// Certifies images, or predicts their classes, as the settings say.
    ///
    /// - Parameters:
    ///   - indices: Which images, in the order of delivery.
    ///   - threads: Threads to use; the results do not depend on their number.
    ///   - shouldStop: Asked before each batch; once true, images not yet complete are dropped.
    ///   - deliver: Receives each image's certificate, in order, one call at a time.
    /// - Throws: What `deliver` throws; `VotingError` when an output of the model is not a number; `GraphError`;
    ///   `RunError`.
    public func certify(
        _ indices: [Int], of images: LabelledImages, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        deliver: @escaping @Sendable (Certificate) throws -> Void
    ) throws {
        let dimensions = images.shape.reduce(1, *)
        try countVotes(on: indices, of: images, threads: threads, shouldStop: shouldStop) { [settings] votes in
            try deliver(
                Certificate(
                    image: votes.image, imageSHA256: images.imageSHA256(at: votes.image), label: images.label(at: votes.image),
                    selectionCounts: settings.selectionSamples > 0 ? votes.selection : nil, counts: votes.estimation,
                    verdict: settings.verdict(votes.selection, votes.estimation, dimensions: dimensions),
                    seconds: votes.seconds))
        }
    }
}

extension SmoothingSettings {
    /// Samples that choose the class, n₀; none when predicting.
    public var selectionSamples: Int { samplesPerImage - n }

    /// What the votes on an image of `dimensions` values allow to say. Those of `selection` don't count when predicting.
    func verdict(_ selection: [Int], _ estimation: [Int], dimensions: Int) throws(RunError) -> Verdict {
        switch procedure {
        case .certify:
            try Certifier(self, dimensions: dimensions).verdict(selectionCounts: selection, counts: estimation)
        case .predict:
            try Predictor(self).verdict(counts: estimation)
        }
    }
}
