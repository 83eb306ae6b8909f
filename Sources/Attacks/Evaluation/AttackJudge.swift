import SuretyNetworks

/// Decides which class a classifier gives an image, so that no attack judges its own work. For one thread.
public protocol AttackJudge: AnyObject {
    /// The classes of images [C, H, W], nil where there is none: an output that is not a number, an abstention.
    ///
    /// - Parameter indices: The images' places in their data set, which key whatever is random.
    func classes(of images: [[Float]], indices: [Int]) throws -> [Int?]
}

/// The base classifier: the class with a network's largest logit. It convolves as the network is set to, which is directly
/// unless set otherwise: only then can an attack contradict a proof.
public final class NetworkJudge: AttackJudge {
    private let classifier: Classifier

    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled.
    public init(_ network: Network, batchSize: Int) throws {
        classifier = try Classifier(network, batchSize: batchSize)
    }

    /// The class with the largest logit; nil where a logit is not a number. Nothing is random, so `indices` change nothing.
    public func classes(of images: [[Float]], indices: [Int]) -> [Int?] {
        stride(from: 0, to: images.count, by: classifier.batchSize).flatMap { first in
            let part = images[first..<min(first + classifier.batchSize, images.count)]
            for (row, image) in zip(classifier.images, part) { row.set(image) }
            classifier.run()
            return classifier.classes.prefix(part.count)
        }
    }
}
