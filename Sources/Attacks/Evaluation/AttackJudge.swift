import CKernels
import Graphs
import Networks
import Tensors

/// Whoever decides which class a classifier gives an image, so that no attack marks its own work. For one thread.
public protocol AttackJudge: AnyObject {
    /// The classes of images [C, H, W], nil where there is none: an output that is not a number, an abstention.
    ///
    /// - Parameter indices: The images' places in their data set, which key whatever is random.
    func classes(of images: [[Float]], indices: [Int]) throws -> [Int?]
}

/// The class with the largest logit of a network: the base classifier.
public final class NetworkJudge: AttackJudge {
    private let forward: NamedExecutor
    private let batchSize: Int
    private let classCount: Int

    public init(_ network: Network, batchSize: Int) throws {
        self.batchSize = batchSize
        classCount = network.classCount
        let input = Node.input("images", shape: [batchSize] + network.imageShape)
        forward = try NamedExecutor(computing: [network.logits(of: input)], from: [input])
    }

    public func classes(of images: [[Float]], indices: [Int]) -> [Int?] {
        var found = [Int32](repeating: 0, count: batchSize)
        return stride(from: 0, to: images.count, by: batchSize).flatMap { first in
            let part = images[first..<min(first + batchSize, images.count)]
            let input = forward.input("images")
            for (place, image) in part.enumerated() { _ = input[(place * image.count)...].update(fromContentsOf: image) }
            forward.run()
            surety_classify(forward.output(0).baseAddress, batchSize, classCount, &found)
            return found[..<part.count].map { $0 < 0 ? nil : Int($0) }
        }
    }
}
