import Foundation
import Graphs
import Networks

/// The cross entropy −log softmax(f(x))_y of images, in double precision from the network's logits. For one thread.
final class CrossEntropies {
    private let forward: NamedExecutor
    private let batchSize: Int
    private let classCount: Int

    init(of network: Network, batchSize: Int) throws {
        self.batchSize = batchSize
        classCount = network.classCount
        let input = Node.input("images", shape: [batchSize] + network.imageShape)
        forward = try NamedExecutor(computing: [network.logits(of: input)], from: [input])
    }

    /// The cross entropies of images [C, H, W], at most a batch; nil where the logits are not finite.
    func callAsFunction(_ images: [[Float]], labels: [Int]) -> [Double?] {
        let input = forward.input("images")
        for (place, image) in images.enumerated() { _ = input[(place * image.count)...].update(fromContentsOf: image) }
        forward.run()
        return labels.enumerated().map { place, label in
            let logits = forward.output(0)[AttackBatch.range(of: place, size: classCount)].map(Double.init)
            guard let highest = logits.max(), logits.allSatisfy(\.isFinite) else { return nil }
            return highest - logits[label] + log(logits.reduce(0) { $0 + exp($1 - highest) })
        }
    }
}
