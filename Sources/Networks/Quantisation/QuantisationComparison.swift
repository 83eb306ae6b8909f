import SuretyDatasets
import SuretyGraphs
import SuretyTensors

/// The effect of quantisation on a network's votes: both networks on the same images with the same noise.
public struct QuantisationComparison: Sendable {
    /// Noisy images classified.
    public let count: Int
    /// The number that both networks put into the same class.
    public let agreeing: Int
    /// The number that the network in floating point classified correctly.
    public let correctBefore: Int
    /// The number that the integer network classified correctly.
    public let correctAfter: Int

    /// - Parameters:
    ///   - images: The labelled images.
    ///   - indices: The images that are classified.
    ///   - copies: Noisy copies of each.
    ///   - threads: The number of threads; the result does not depend on it.
    /// - Throws: `NetworkError` or `GraphError` when a network cannot be compiled.
    public init(
        of network: Network, with integer: Network, on images: LabelledImages, at indices: [Int], copies: Int,
        noise: any NoiseSampler, threads: Int
    ) throws {
        let size = min(64, max(1, indices.count * copies))
        let compiled = [try Classifier.Compiled(network, batchSize: size), try Classifier.Compiled(integer, batchSize: size)]
        let votes = try Batches(of: indices.count * copies, upTo: size, threads: threads).map {
            try compiled.map { try Classifier($0) }
        } _: { classifiers, batch in
            for (row, number) in zip(classifiers[0].images, batch) {
                let image = indices[number / copies]
                noise.copies(of: images.image(at: image), index: image).draw(number % copies, stream: .training, to: row)
            }
            classifiers[1].images.set(classifiers[0].images)
            for classifier in classifiers { classifier.run() }
            return zip(batch, zip(classifiers[0].classes, classifiers[1].classes)).map { number, classes in
                let label = images.label(at: indices[number / copies])
                return (agree: classes.0 == classes.1, before: classes.0 == label, after: classes.1 == label)
            }
        }
        count = votes.count
        agreeing = votes.count(where: \.agree)
        correctBefore = votes.count(where: \.before)
        correctAfter = votes.count(where: \.after)
    }
}
