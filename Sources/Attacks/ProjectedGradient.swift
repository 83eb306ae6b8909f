import Graphs
import Networks
import Tensors

/// Projected gradient ascent: from a start near the image, steps along the steepest direction of a loss, each brought back
/// into a ball around the image and into [0, 1] (Madry et al. 2018, §2.1; Kurakin et al. 2017).
public struct ProjectedGradient: Sendable, Hashable {
    /// Where the ascent begins.
    public enum Start: Sendable, Hashable {
        /// At the image itself.
        case image
        /// Anywhere in the cube of the ball's radius, uniformly.
        case uniform
        /// At the image plus Gaussian noise of this standard deviation: TRADES uses 0.001.
        case gaussian(Float)
    }

    public var ball: Ball
    public var stepSize: Float
    public var steps: Int
    public var start: Start
    public var loss: AdversarialLoss

    public init(
        ball: Ball, stepSize: Float, steps: Int, start: Start = .uniform, loss: AdversarialLoss = .crossEntropy
    ) {
        self.ball = ball
        self.stepSize = stepSize
        self.steps = steps
        self.start = start
        self.loss = loss
    }
}

/// A projected gradient ascent compiled for a network and a batch, for one thread.
///
/// The network runs in inference mode: batch normalisation uses its running statistics, as the papers' code does.
public final class ProjectedGradientExecutor {
    private let imageSize: Int
    private let batchSize: Int
    private let gradient: NamedExecutor
    private let reference: NamedExecutor?

    /// - Parameters:
    ///   - attack: Its loss is compiled; the ball and the steps may differ from run to run.
    ///   - copies: Noisy copies of each image over which the loss averages; 0 for none. The noise, in the order copy,
    ///     image, is given to `run`.
    /// - Throws: `NetworkError` or `GraphError` when the graph cannot be compiled.
    public init(_ attack: ProjectedGradient, on network: Network, batchSize: Int, copies: Int = 0) throws {
        self.batchSize = batchSize
        imageSize = network.imageShape.elementCount
        let batchShape = [batchSize] + network.imageShape
        let images = Node.input("images", shape: batchShape)
        let labels = Node.input("labels", shape: [batchSize, network.classCount])
        let probabilities = Node.input("reference", shape: [batchSize, network.classCount])
        let noise = Node.input("noise", shape: [max(1, copies) * batchSize] + network.imageShape)
        let parameters = network.parameterInputs
        let parameterNodes = parameters.sorted { $0.key < $1.key }.map(\.value)

        let seen = copies > 0 ? try images.repeated(copies) + noise : images
        let loss = try attack.loss.node(
            logits: network.logits(of: seen, parameters: parameters), labels: labels, reference: probabilities,
            copies: max(1, copies))
        gradient = try NamedExecutor(
            computing: Graphs.gradient(of: loss, with: [images]),
            from: [images, labels, probabilities, noise] + parameterNodes)
        reference = attack.loss.needsReference
            ? try NamedExecutor(
                computing: [network.logits(of: images, parameters: parameters).softmax(axis: 1)],
                from: [images] + parameterNodes)
            : nil
    }

    /// The images attacked.
    ///
    /// - Parameters:
    ///   - images: A batch [N, C, H, W] with elements in [0, 1].
    ///   - labels: One 1 in each row of [N, K].
    ///   - noise: Noise added to the copies, if there are copies.
    ///   - start: What is added to the images at the beginning, if anything.
    ///   - parameters: The network's parameters now.
    /// - Returns: The batch, valid until the next run.
    public func run(
        _ attack: ProjectedGradient, images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Float>,
        noise: UnsafeBufferPointer<Float>?, start: UnsafeBufferPointer<Float>?, parameters: [String: Tensor]
    ) -> UnsafeBufferPointer<Float> {
        if let reference {
            reference.set(parameters)
            reference.set("images", to: images)
            reference.run()
            gradient.set("reference", to: reference.output(0))
        }
        gradient.set(parameters)
        gradient.set("labels", to: labels)
        if let noise { gradient.set("noise", to: noise) }
        let points = gradient.input("images")
        _ = points.update(fromContentsOf: images)
        if let start {
            for i in points.indices { points[i] += start[i] }
        }
        forEachImage { point, center, _ in attack.ball.project(point, around: center) }
        for _ in 0..<max(0, attack.steps) {
            gradient.run()
            forEachImage { point, center, slope in
                attack.ball.ascend(point, along: slope, step: attack.stepSize, around: center)
            }
        }
        return UnsafeBufferPointer(points)

        func forEachImage(
            _ body: (UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
        ) {
            let slopes = gradient.output(0)
            for index in 0..<batchSize {
                let range = index * imageSize..<(index + 1) * imageSize
                body(
                    UnsafeMutableBufferPointer(rebasing: points[range]), UnsafeBufferPointer(rebasing: images[range]),
                    UnsafeBufferPointer(rebasing: slopes[range]))
            }
        }
    }
}
