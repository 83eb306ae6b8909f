/// PREDICT of Cohen, Rosenfeld and Kolter (2019) for images that need not come from a data set, such as those an attack
/// made. For one thread.
///
///     let predictor = try ImagePredictor(SmoothedClassifier(network, predictor.noise, key: 0), predictor)
///     try predictor.verdict(on: image, index: 7).answer
public final class ImagePredictor {
    private let classifier: SmoothedClassifier
    private let predictor: Predictor
    private let batch: NoisyBatch

    /// - Throws: `RunError` for a predictor with other noise than the classifier's; `GraphError` if there is not enough
    ///   memory for it.
    public init(_ classifier: SmoothedClassifier, _ predictor: Predictor) throws {
        try classifier.require(predictor.noise)
        (self.classifier, self.predictor) = (classifier, predictor)
        batch = try NoisyBatch(classifier)
    }

    /// What the votes on n noisy copies of the image predict.
    ///
    /// - Parameters:
    ///   - image: [C, H, W], in [0, 1].
    ///   - index: Keys the noise, like an image's index in its data set.
    /// - Throws: `VotingError` when an output is not a number, `RunError`.
    public func verdict(on image: [Float], index: Int) throws -> Verdict {
        var counts = [Int](repeating: 0, count: classifier.classCount)
        let n = predictor.n
        for first in stride(from: 0, to: n, by: classifier.batchSize) {
            batch.append(
                image, index: index, samples: first..<min(first + classifier.batchSize, n), stream: .estimation)
            for vote in batch.classify() {
                guard let vote else { throw VotingError.notANumber(image: index) }
                counts[vote] += 1
            }
        }
        return try predictor.verdict(counts: counts, dimensions: image.count)
    }
}
