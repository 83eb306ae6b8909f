/// PREDICT of Cohen, Rosenfeld and Kolter (2019) for images that need not be of a data set, such as those an attack made.
/// For one thread.
///
///     let predictor = try ImagePredictor(SmoothedClassifier(network, settings))
///     try predictor.verdict(on: image, index: 7).answer
public final class ImagePredictor {
    private let classifier: SmoothedClassifier
    private let batch: NoisyBatch

    /// - Throws: `GraphError` when there is no memory for it.
    public init(_ classifier: SmoothedClassifier) throws {
        self.classifier = classifier
        batch = try NoisyBatch(classifier)
    }

    /// What the votes on n noisy copies of the image predict.
    ///
    /// - Parameters:
    ///   - image: [C, H, W], in [0, 1].
    ///   - index: Keys the noise, as an image's place in its data set does.
    /// - Throws: `VotingError` when an output is not a number, `RunError`.
    public func verdict(on image: [Float], index: Int) throws -> Verdict {
        var counts = [Int](repeating: 0, count: classifier.classCount)
        let n = classifier.settings.n
        for first in stride(from: 0, to: n, by: classifier.batchSize) {
            batch.append(
                image, index: index, samples: first..<min(first + classifier.batchSize, n), stream: .estimation)
            for vote in batch.classify() {
                guard let vote else { throw VotingError.notANumber(image: index) }
                counts[vote] += 1
            }
        }
        return try Predictor(classifier.settings).verdict(counts: counts)
    }
}
