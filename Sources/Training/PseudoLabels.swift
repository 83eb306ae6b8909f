import SuretyDatasets
import SuretyNetworks

extension UnlabelledImages {
    /// The images with the classes that a network gives them: the pseudo-labels of self-training (Carmon et al. 2019,
    /// algorithm 1), joined with the labelled set in SmoothAdv (Salman et al. 2019, §4.2).
    ///
    ///     let extra = try UnlabelledImages(archive: file).pseudoLabelled(by: network)
    ///     let images = try mnist.joined(with: extra)
    ///
    /// - Throws: `TrainingError` when the network takes other images, or if an image gets no class because its logits are not
    ///   numbers; `NetworkError`, `GraphError`.
    public func pseudoLabelled(by network: Network, batchSize: Int = 64) throws -> LabelledImages {
        guard shape == network.imageShape else {
            throw TrainingError(
                "\(name) has images of shape \(shape), and the labelling network takes \(network.imageShape)")
        }
        let classifier = try Classifier(network, batchSize: batchSize)
        var classes: [Int] = []
        let unclassified = try labelled(Array(repeating: 0, count: count))
        for start in stride(from: 0, to: count, by: batchSize) {
            let indices = start..<min(count, start + batchSize)
            for (row, index) in zip(classifier.images, indices) { unclassified.write(index, to: row) }
            classifier.run()
            for (label, index) in zip(classifier.classes, indices) {
                guard let label else {
                    throw TrainingError("the labelling network's logits of image \(index) of \(name) are not numbers")
                }
                classes.append(label)
            }
        }
        return try labelled(classes, classCount: network.classCount)
    }
}
