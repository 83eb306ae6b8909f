import SuretyDatasets
import SuretyGraphs
import SuretyTensors
import Synchronization

/// A network's results on clean images.
public struct Evaluation: Sendable {
    /// The logits of each image in order, shape [images, classes].
    public let logits: Tensor

    /// The number of images whose largest logit is their label's.
    public let correct: Int

    /// Images evaluated.
    public let count: Int

    /// The mean of −log softmax at the label, in nats; infinite if some logit is not finite.
    public let loss: Double

    /// The fraction of images classified correctly.
    public var accuracy: Double { Double(correct) / Double(count) }

    /// Images whose label is among the `k` classes with the largest logits; among equal ones, lower classes come first, and
    /// NaN comes last.
    public func correct(among k: Int, labels: (Int) -> Int) -> Int {
        let classes = count == 0 ? 0 : logits.values.count / count
        return (0..<count).count { image in
            let row = logits.values[image * classes..<(image + 1) * classes], label = labels(image)
            guard label < classes else { return false }
            let own = row[row.startIndex + label]
            return !own.isNaN && row.enumerated().count { $1 > own || $1 == own && $0 < label } < k
        }
    }

    /// Classifies the first `count` images.
    ///
    /// - Parameters:
    ///   - count: Images to classify, at most as many as there are.
    ///   - threads: Threads, each with memory of its own.
    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled or fed with these images.
    public init(of network: Network, on images: LabelledImages, count: Int, batchSize: Int = 64, threads: Int) throws {
        guard images.shape == network.imageShape else {
            throw NetworkError.imageShape(expected: network.imageShape, found: images.shape)
        }
        let compiled = try Classifier.Compiled(network.convolving(by: .winograd), batchSize: batchSize)
        let starts = Mutex(Array(stride(from: 0, to: count, by: batchSize)).reversed() as [Int])
        let rows = Mutex(Tensor(shape: [count, network.classCount], repeating: 0))
        let correct = Mutex(0)
        try onThreads(threads) {
            let classifier = try Classifier(compiled)
            while let start = starts.withLock({ $0.popLast() }) {
                let batch = start..<min(count, start + batchSize)
                for (row, index) in zip(classifier.images, batch) { images.write(index, to: row) }
                classifier.run()
                let computed = classifier.logits.elements[..<(batch.count * network.classCount)]
                rows.withLock {
                    let first = start * network.classCount
                    $0.values.replaceSubrange(first..<first + computed.count, with: computed)
                }
                let right = zip(classifier.classes, batch).count { $0 == images.label(at: $1) }
                correct.withLock { $0 += right }
            }
        }
        logits = rows.withLock { $0 }
        self.count = count
        self.correct = correct.withLock { $0 }
        let classes = network.classCount
        loss = (0..<count).reduce(0) { [logits] sum, index in
            let row = Array(logits.values[index * classes..<(index + 1) * classes])
            return sum + (row.crossEntropy(label: images.label(at: index)) ?? .infinity)
        } / Double(count)
    }
}
