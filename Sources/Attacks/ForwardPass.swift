import Graphs
import Networks
import Tensors

/// The logits of a batch of images, compiled for a network and a batch: what attacks without gradients ask for.
///
///     forward.load(batch, parameters: parameters)
///     _ = forward.images.update(fromContentsOf: batch.images)
///     let logits = forward.evaluate()          // then move forward.images, and again
package final class ForwardPass {
    /// Elements of an image.
    package let imageSize: Int
    /// Evaluations of the network for each image since it was given this batch, or of another's judge in its place.
    package var queries: [Int] { count.byImage }
    private var count: QueryCount
    private let executor: NamedExecutor

    /// - Parameter copies: Noisy copies of each image; 0 for none. The batch brings the noise.
    package init(on network: Network, batchSize: Int, copies: Int = 0) throws {
        imageSize = network.imageShape.elementCount
        count = QueryCount(batchSize: batchSize)
        let images = Node.input("images", shape: [batchSize] + network.imageShape)
        let noise = Node.input("noise", shape: [max(1, copies) * batchSize] + network.imageShape)
        let parameters = network.parameterNodes
        let seen = copies > 0 ? try images.repeated(copies) + noise : images
        executor = try NamedExecutor(
            computing: [network.logits(of: seen, parameters: parameters.byName)],
            from: [images, noise] + parameters.inputs)
    }

    /// Where the images are to be written.
    package var images: UnsafeMutableBufferPointer<Float> { executor.input("images") }

    /// Takes noise and parameters.
    package func load(_ batch: AttackBatch, parameters: [String: Tensor]) {
        count.reset()
        executor.set(parameters)
        if let noise = batch.noise { executor.set("noise", to: noise) }
    }

    /// The logits [copies·N, K] at `images`; valid until the next call.
    ///
    /// - Parameter isWanted: The images they are asked of, which counts as a query; all, where nil.
    package func evaluate(for isWanted: [Bool]? = nil) -> UnsafeBufferPointer<Float> {
        executor.run()
        count.add(isWanted)
        return executor.output(0)
    }

    /// Which images the batch's decision finds the network attacked to err on. The network is evaluated only if it decides.
    package func errs(_ batch: AttackBatch, margins: Margins, for isWanted: [Bool]? = nil) throws -> [Bool] {
        if case .judge = batch.decision { count.add(isWanted) }
        return try batch.errs(on: images, for: isWanted) { margins(evaluate(for: isWanted)) }
    }
}
