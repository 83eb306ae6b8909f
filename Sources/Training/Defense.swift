import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyTensors

/// A way to train a robust classifier: what is minimised, and what happens to the images before.
///
/// A defense is a value in one file. It says whether noise is added and which adversary moves the images, and builds its
/// objective from the graph it is given. The trainer does the rest. A new defense is one file, and a line in
/// `DefenseCatalogue`.
public protocol Defense: Configurable, Sendable {
    /// Its name on the command line and in the model's metadata.
    static var name: String { get }

    /// What it does, in a line.
    static var summary: String { get }

    /// The defense with its usual settings.
    init()

    /// Gaussian noise drawn anew for each image in each epoch, if any.
    var noise: TrainingNoise? { get }

    /// Repeated steps on the same batch, with a perturbation that is carried over between them, if any.
    var replays: BatchReuse? { get }

    /// Random unit vectors per image that the objective uses.
    var directions: Int { get }

    /// The defense, with what it computes once from the training images.
    func prepared(for images: LabelledImages) throws -> Self

    /// The adversary in this epoch, counted from 0, if there is one: either in every epoch or in none.
    func adversary(epoch: Int) -> (any Attack)?

    /// The scalar to minimise: a mean over the batch.
    func objective(_ graph: ObjectiveGraph) throws -> Node
}

extension Defense {
    /// Its parameters, for the provenance of what it trains.
    public var parameters: [String: String] { record }

    /// Refuses settings that make no sense, in a defense made by a program.
    func checkSettings() throws(TrainingError) {
        if let refusal { throw TrainingError("\(Self.name): \(refusal)") }
    }

    /// No noise.
    public var noise: TrainingNoise? { nil }
    /// Each batch is used once.
    public var replays: BatchReuse? { nil }
    /// The objective uses no random vectors.
    public var directions: Int { 0 }
    /// The defense itself: nothing is computed in advance.
    public func prepared(for images: LabelledImages) throws -> Self { self }
    /// No adversary.
    public func adversary(epoch: Int) -> (any Attack)? { nil }
}

/// Noisy copies of each image.
public struct TrainingNoise: Sendable, Hashable {
    /// Its standard deviation, in units of pixels in [0, 1].
    public var sigma: Float
    /// Copies of each image, each with noise of its own; at least 1.
    public var copies: Int

    /// - Parameters:
    ///   - sigma: In units of pixels in [0, 1].
    ///   - copies: Noisy copies of each image; the trainer refuses fewer than 1.
    public init(sigma: Float, copies: Int = 1) {
        self.sigma = sigma
        self.copies = copies
    }
}

/// Each batch is used several times in a row, each time with a step of the parameters and a step of the perturbation from the
/// same gradient ("free" adversarial training, Shafahi et al. 2019).
public struct BatchReuse: Sendable, Hashable {
    /// m: how often each batch is used.
    public var count: Int
    /// Where the perturbation stays.
    public var ball: Ball
    /// How far the perturbation moves at each use, in the ball's norm.
    public var stepSize: Float

    /// - Parameters:
    ///   - count: Uses of each batch.
    ///   - ball: Where the perturbation stays.
    ///   - stepSize: How far it moves at each use, in the ball's norm.
    public init(count: Int, ball: Ball, stepSize: Float) {
        self.count = count
        self.ball = ball
        self.stepSize = stepSize
    }
}

/// The inputs of an objective, for a batch of N images and K classes.
public struct ObjectiveGraph {
    /// The clean images [N, C, H, W] in [0, 1].
    public let images: Node
    /// One 1 in each row [N, K].
    public let labels: Node
    /// The images as moved by the adversary; the clean images if there is none.
    public let adversarial: Node
    /// Noise [copies·N, C, H, W], copy after copy; `nil` if none is asked for.
    public let noise: Node?
    /// Random unit vectors [directions·N, K] of the space of logits; `nil` if none are asked for.
    public let directions: Node?
    private let network: (Node) throws -> Node

    package init(
        images: Node, labels: Node, adversarial: Node, noise: Node?, directions: Node? = nil,
        network: @escaping (Node) throws -> Node
    ) {
        self.images = images
        self.labels = labels
        self.adversarial = adversarial
        self.noise = noise
        self.directions = directions
        self.network = network
    }

    /// The logits [M, K] of a batch of M images, in training mode: batch normalisation uses the batch's own statistics, and
    /// dropout drops, anew each time. Each call moves the running statistics, in the order of the calls, like each pass
    /// through a network in PyTorch. The logits asked for first are used for the training accuracy.
    public func logits(of images: Node) throws -> Node { try network(images) }

    /// Mean −log softmax at the label.
    public func crossEntropy(_ logits: Node, labels: Node) throws -> Node {
        try Node.crossEntropy(logits: logits, labels: labels).mean(over: [0])
    }
}
