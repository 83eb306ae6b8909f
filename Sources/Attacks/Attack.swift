import Networks
import Tensors

/// A way to move images so that a network misclassifies them.
///
/// A value; compiled for a network and a batch it becomes an executor. It proposes images: whoever asked for them clips,
/// evaluates and judges.
public protocol Attack: Sendable {
    /// Its name on the command line and in what is recorded.
    static var name: String { get }

    /// Its parameters, for the record.
    var parameters: [String: String] { get }

    /// Compiles the attack for batches of `batchSize` images.
    ///
    /// - Parameter copies: Noisy copies of each image over which a smoothed classifier averages; 0 attacks the network itself.
    /// - Throws: `AttackError` for parameters that make no sense, `NetworkError` or `GraphError` when the graph cannot be
    ///   compiled.
    func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor

    /// Whether it can follow one network and leave every decision to another.
    static var transfers: Bool { get }
}

extension Attack {
    public static var transfers: Bool { true }
}

/// An attack compiled for a network and a batch, for one thread at a time. The network runs in inference mode: batch
/// normalisation uses its running statistics, as the papers' code does.
public protocol AttackExecutor: AnyObject {
    /// What the attack makes of a batch.
    ///
    /// - Parameter parameters: The network's parameters now.
    /// - Returns: A batch [N, C, H, W], valid until the next run.
    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float>

    /// How many times the last run evaluated the network for each image, whether for logits, a gradient, or both at once. All
    /// noisy copies of an image are one evaluation. An image shown to another network's judge counts as well.
    var queries: [Int] { get }

    /// For which images of the last run the gradient of what the attack ascends was zero, or below the smallest normal number,
    /// where it was asked for: it hides where to go. Known only where `AttackBatch.seesThroughSaturation`.
    var hasVanished: [Bool] { get }

    /// How many images of the last run would have gone further if they had not been confined to a region of their own; `nil`
    /// for attacks that know no such regions, only a radius or none.
    var confined: Int? { get }
}

extension AttackExecutor {
    public var hasVanished: [Bool] { queries.map { _ in false } }
    public var confined: Int? { nil }
}

/// What an attack is given. The memory belongs to the caller, who keeps it for the length of the call.
public struct AttackBatch {
    /// The clean images [N, C, H, W] with elements in [0, 1].
    public let images: UnsafeBufferPointer<Float>
    /// One 1 in each row of [N, K].
    public internal(set) var labels: UnsafeBufferPointer<Float>
    /// Noise [copies·N, C, H, W], copy after copy, where there are copies.
    public let noise: UnsafeBufferPointer<Float>?
    /// The images' places in their data set: they key the randomness, and whatever was computed in advance.
    public let indices: [Int]
    public let seed: UInt64
    /// An epoch or a restart: each has random numbers of its own.
    public internal(set) var trial: Int
    /// Who says, while the attack runs, whether an image it tries is a success.
    public internal(set) var decision: Decision
    /// Whether an image whose cross entropy has no gradient left, or no shape, is followed with its logits rescaled
    /// (`LogitScale`). Attacks on a finished network do so; training leaves the logits as they are.
    public let seesThroughSaturation: Bool

    public init(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Float>, noise: UnsafeBufferPointer<Float>? = nil,
        indices: [Int], seed: UInt64, trial: Int, decision: Decision = .source, seesThroughSaturation: Bool = false
    ) {
        self.images = images
        self.labels = labels
        self.noise = noise
        self.indices = indices
        self.seed = seed
        self.trial = trial
        self.decision = decision
        self.seesThroughSaturation = seesThroughSaturation
    }

    /// The elements of the batch that belong to its image at `place`, of `size` elements each.
    package static func range(of place: Int, size: Int) -> Range<Int> { place * size..<(place + 1) * size }
}

/// Why an attack cannot run.
public struct AttackError: DescribedError, Equatable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
