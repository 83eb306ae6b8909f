import SuretyNetworks
import SuretyTensors

/// A way to move images so that a network misclassifies them.
///
/// A value; compiled for a network and a batch, it becomes an executor. It only proposes images: the caller clips, evaluates
/// and judges them. Most attacks conform to `ClassifierAttack`, which takes less code.
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

    /// Whether it can follow one network while another one makes every decision.
    static var transfers: Bool { get }

    /// Whether it can attack a smoothed classifier, by noisy copies.
    static var attacksSmoothed: Bool { get }

    /// Whether it can attack the base classifier: the network itself, without noisy copies.
    static var attacksBase: Bool { get }

    /// Whether it looks for the smallest distance at which the image is misclassified, and so along the boundary.
    static var seeksSmallestDistance: Bool { get }

    /// Refuses what it cannot do.
    ///
    /// - Throws: `AttackError` that says why.
    func check(on network: Network, copies: Int) throws(AttackError)
}

extension Attack {
    /// True: most attacks take no more than a direction from the network they follow.
    public static var transfers: Bool { true }
    /// True: `Classifier` evaluates the copies, and most attacks need not know of them.
    public static var attacksSmoothed: Bool { true }
    /// True: most attacks need no noise.
    public static var attacksBase: Bool { true }
    /// False: most attacks need no more than a success.
    public static var seeksSmallestDistance: Bool { false }
    /// Refuses nothing.
    public func check(on network: Network, copies: Int) {}
}

/// An attack compiled for a network and a batch, for one thread at a time. The network runs in inference mode: batch
/// normalisation uses its running statistics, as the papers' code does.
public protocol AttackExecutor: AnyObject {
    /// What the attack makes of a batch.
    ///
    /// - Parameter parameters: The network's parameters now.
    /// - Returns: As many images, valid until the next run.
    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> Images

    /// How many times the last run evaluated the network for each image, for logits, a gradient, or both at once. All
    /// noisy copies of an image are one evaluation. An image shown to another network's judge counts as well.
    var queries: [Int] { get }

    /// For each image of the last run, whether the gradient that the attack ascends was zero, or below the smallest normal
    /// number, when it was asked for: such a gradient shows no direction. Known only if `AttackBatch.seesThroughSaturation`.
    var hasVanished: [Bool] { get }

    /// How many images of the last run would have gone further if they had not been confined to a region of their own; `nil`
    /// for attacks that know no such regions, only a radius or none.
    var confined: Int? { get }
}

extension AttackExecutor {
    /// False for every image: for attacks that follow no gradient.
    public var hasVanished: [Bool] { queries.map { _ in false } }
    /// nil: for attacks that know no regions.
    public var confined: Int? { nil }
}

/// Why an attack cannot run.
public struct AttackError: DescribedError, Equatable, Sendable {
    /// What is wrong and, where there is a remedy, what to do instead.
    public let description: String

    /// - Parameter description: What is wrong, and what to do instead, as a person should read it.
    public init(_ description: String) { self.description = description }
}
