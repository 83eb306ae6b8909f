import Attacks
import Datasets
import Graphs
import Networks
import Tensors

extension UnlabelledImages {
    /// The images with the classes that a network gives them: the pseudo-labels of self-training (Carmon et al. 2019,
    /// algorithm 1), joined with the labelled set in SmoothAdv (Salman et al. 2019, §4.2).
    ///
    ///     let extra = try UnlabelledImages(archive: file).pseudoLabelled(by: network)
    ///     let images = try mnist.joined(with: extra)
    ///
    /// - Throws: `TrainingError` when the network takes other images, or gives an image no class because its logits are not
    ///   numbers; `NetworkError`, `GraphError`.
    public func pseudoLabelled(by network: Network, batchSize: Int = 64) throws -> LabelledImages {
        guard shape == network.imageShape else {
            throw TrainingError(
                "\(name) has images of shape \(shape), and the labelling network takes \(network.imageShape)")
        }
        let input = Node.input("images", shape: [batchSize] + shape)
        let forward = try NamedExecutor(computing: [network.logits(of: input)], from: [input])
        var classes: [Int] = []
        let unclassified = try labelled(Array(repeating: 0, count: count))
        for start in stride(from: 0, to: count, by: batchSize) {
            let indices = start..<min(count, start + batchSize)
            let pixels = unclassified.images(at: indices).values
            pixels.withUnsafeBufferPointer { _ = forward.input("images").update(fromContentsOf: $0) }
            forward.run()
            for (place, index) in indices.enumerated() {
                let row = (0..<network.classCount).map { forward.output(0)[place * network.classCount + $0] }
                guard let largest = row.max(), row.allSatisfy({ !$0.isNaN }), let label = row.firstIndex(of: largest) else {
                    throw TrainingError("the labelling network's logits of image \(index) of \(name) are not numbers")
                }
                classes.append(label)
            }
        }
        return try labelled(classes, classCount: network.classCount)
    }
}
