import Attacks
import Graphs
import Tensors

/// A way to train a robust classifier: what is minimised, and what the images go through before.
///
/// A defense is a value in one file. It says whether noise is added and which adversary moves the images, and builds its
/// objective from the graph it is given. The trainer does the rest.
public protocol Defense: Sendable {
    /// Its name on the command line and in the model's metadata.
    static var name: String { get }

    /// Its parameters, for the provenance of what it trains.
    var parameters: [String: String] { get }

    /// Gaussian noise drawn anew for each image in each epoch, if any.
    var noise: TrainingNoise? { get }

    /// The adversary in this epoch, counted from 0, if there is one. Its loss must not change.
    func adversary(epoch: Int) -> ProjectedGradient?

    /// The scalar to be minimised: a mean over the batch.
    func objective(_ graph: ObjectiveGraph) throws -> Node
}

extension Defense {
    public var noise: TrainingNoise? { nil }
    public func adversary(epoch: Int) -> ProjectedGradient? { nil }
}

/// Noisy copies of each image.
public struct TrainingNoise: Sendable, Hashable {
    public var sigma: Float
    public var copies: Int

    public init(sigma: Float, copies: Int = 1) {
        self.sigma = sigma
        self.copies = copies
    }
}

/// What an objective is made of, for a batch of N images and K classes.
public struct ObjectiveGraph {
    /// The clean images [N, C, H, W] in [0, 1].
    public let images: Node
    /// One 1 in each row [N, K].
    public let labels: Node
    /// What the adversary made of the images; the images themselves where there is none.
    public let adversarial: Node
    /// Noise [copies·N, C, H, W], copy after copy; `nil` where none is asked for.
    public let noise: Node?
    private let network: (Node) throws -> Node

    package init(
        images: Node, labels: Node, adversarial: Node, noise: Node?, network: @escaping (Node) throws -> Node
    ) {
        self.images = images
        self.labels = labels
        self.adversarial = adversarial
        self.noise = noise
        self.network = network
    }

    /// The logits [M, K] of a batch of M images, in training mode: batch normalisation uses the batch's own statistics.
    public func logits(of images: Node) throws -> Node { try network(images) }

    /// Mean −log softmax at the label.
    public func crossEntropy(_ logits: Node, labels: Node) throws -> Node {
        try Node.crossEntropy(logits: logits, labels: labels).mean(over: [0])
    }
}
