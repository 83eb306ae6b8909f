import Graphs
import Networks
import Tensors

/// The gradient of an adversarial loss by the images, compiled for a network and a batch: what gradient attacks follow.
///
///     slope.load(batch, parameters: parameters)
///     _ = slope.images.update(fromContentsOf: batch.images)
///     let gradient = slope.evaluate()          // then move slope.images, and again
package final class LossSlope {
    /// Elements of an image.
    package let imageSize: Int
    /// Evaluations of the network for each image since it was given this batch.
    package var queries: [Int] { count.byImage }
    private var count: QueryCount
    private let gradient: NamedExecutor
    private let reference: NamedExecutor?

    /// - Parameters:
    ///   - copies: Noisy copies of each image over which the loss averages; 0 for none. The batch brings the noise.
    ///   - withLogits: Whether `logits` are wanted besides.
    package init(
        of loss: AdversarialLoss, on network: Network, batchSize: Int, copies: Int = 0, withLogits: Bool = false
    ) throws {
        imageSize = network.imageShape.elementCount
        count = QueryCount(batchSize: batchSize)
        let batchShape = [batchSize] + network.imageShape
        let images = Node.input("images", shape: batchShape)
        let labels = Node.input("labels", shape: [batchSize, network.classCount])
        let probabilities = Node.input("reference", shape: [batchSize, network.classCount])
        let noise = Node.input("noise", shape: [max(1, copies) * batchSize] + network.imageShape)
        let parameters = network.parameterNodes

        let seen = copies > 0 ? try images.repeated(copies) + noise : images
        let logits = try network.logits(of: seen, parameters: parameters.byName)
        let value = try loss.node(logits: logits, labels: labels, reference: probabilities, copies: max(1, copies))
        gradient = try NamedExecutor(
            computing: Graphs.gradient(of: value, with: [images]) + (withLogits ? [logits] : []),
            from: [images, labels, probabilities, noise] + parameters.inputs)
        reference = loss.needsReference
            ? try NamedExecutor(
                computing: [network.logits(of: images, parameters: parameters.byName).softmax(axis: 1)],
                from: [images] + parameters.inputs)
            : nil
    }

    /// Where the images are to be written that the gradient is taken at.
    package var images: UnsafeMutableBufferPointer<Float> { gradient.input("images") }

    /// Takes labels, noise and parameters, and what the network says of the clean images where the loss compares with that.
    package func load(_ batch: AttackBatch, parameters: [String: Tensor]) {
        count.reset()
        if let reference {
            reference.set(parameters)
            reference.set("images", to: batch.images)
            reference.run()
            count.add(nil)
            gradient.set("reference", to: reference.output(0))
        }
        gradient.set(parameters)
        gradient.set("labels", to: batch.labels)
        if let noise = batch.noise { gradient.set("noise", to: noise) }
    }

    /// Replaces the batch's labels: by the classes of a targeted attack, or by weights.
    package func setLabels(_ labels: UnsafeBufferPointer<Float>) { gradient.set("labels", to: labels) }

    /// The gradient at `images`, of their shape; valid until the next call.
    ///
    /// - Parameter isWanted: The images it is asked of, which counts as a query; all, where nil.
    package func evaluate(for isWanted: [Bool]? = nil) -> UnsafeBufferPointer<Float> {
        gradient.run()
        count.add(isWanted)
        return gradient.output(0)
    }

    /// The logits [copies·N, K] at the images last evaluated, where asked for.
    package var logits: UnsafeBufferPointer<Float> { gradient.output(1) }
}
