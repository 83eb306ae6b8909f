import CKernels
import Datasets
internal import Foundation
import Graphs
import Synchronization
import Tensors

/// What a network makes of clean images.
public struct Evaluation: Sendable {
    /// The logits of each image in order, shape [images, classes].
    public let logits: Tensor

    /// Images whose largest logit is their label's.
    public let correct: Int

    /// Images evaluated.
    public let count: Int

    /// The mean of −log softmax at the label, in nats; infinite or NaN if some logit is.
    public let loss: Double

    /// The fraction of images classified correctly.
    public var accuracy: Double { Double(correct) / Double(count) }

    /// Classifies the first `count` images.
    ///
    /// - Parameters:
    ///   - count: Images to classify, at most as many as there are.
    ///   - threads: Threads, each with memory of its own.
    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled or fed with these images.
    public init(of network: Network, on images: LabelledImages, count: Int, batchSize: Int = 64, threads: Int) throws {
        let input = Node.input("images", shape: [batchSize] + images.shape)
        let program = try Program(computing: [network.logits(of: input)], from: [input])
        let starts = Mutex(Array(stride(from: 0, to: count, by: batchSize)).reversed() as [Int])
        let rows = Mutex(Tensor(shape: [count, network.classCount], repeating: 0))
        try onThreads(threads) {
            let executor = try program.makeExecutor()
            while let start = starts.withLock({ $0.popLast() }) {
                let batch = start..<min(count, start + batchSize)
                for (place, index) in batch.enumerated() {
                    let pixels = images.image(at: index)
                    _ = executor.input(0)[(place * pixels.count)...].update(fromContentsOf: pixels)
                }
                executor.run()
                let computed = executor.output(0)[..<(batch.count * network.classCount)]
                rows.withLock {
                    let first = start * network.classCount
                    $0.values.replaceSubrange(first..<first + computed.count, with: computed)
                }
            }
        }
        logits = rows.withLock { $0 }
        self.count = count
        var classes = [Int32](repeating: 0, count: count)
        surety_classify(logits.values, count, network.classCount, &classes)
        var correct = 0
        var loss = 0.0
        for index in 0..<count {
            let row = Array(logits.values[index * network.classCount..<(index + 1) * network.classCount])
            if Int(classes[index]) == images.label(at: index) { correct += 1 }
            loss += Self.crossEntropy(row, label: images.label(at: index))
        }
        self.correct = correct
        self.loss = loss / Double(count)
    }

    /// −log softmax at the label; infinite for a label the network has no logit for.
    private static func crossEntropy(_ logits: [Float], label: Int) -> Double {
        guard logits.indices.contains(label), let largest = logits.max() else { return .infinity }
        let total = logits.reduce(0.0) { $0 + exp(Double($1) - Double(largest)) }
        return log(total) + Double(largest) - Double(logits[label])
    }
}
