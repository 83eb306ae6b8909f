import SuretyNetworks
import SuretyTensors

/// Another attack, which moves away from what the network says of the clean images instead of from their labels.
///
/// For a network of two classes with f = z₁ − z₀, the margin at the class of x is −f(x′)·sign f(x): it rises as f(x)·f(x′)
/// falls. So with that loss, the base attack looks for the image that maximises φ(f(x)·f(x′)/λ) in TRADES (Zhang et al. 2019,
/// equation 3), for any falling φ and any λ, and it still has a direction where φ is flat.
public struct PredictionAttack<Base: Attack>: Attack {
    /// The base attack's name; `parameters` tells the two apart.
    public static var name: String { Base.name }
    /// Whether the base attack can follow one network while another one decides.
    public static var transfers: Bool { Base.transfers }
    /// Whether the base attack can attack a smoothed classifier.
    public static var attacksSmoothed: Bool { Base.attacksSmoothed }
    /// Whether the base attack can attack the network itself.
    public static var attacksBase: Bool { Base.attacksBase }
    /// Whether the base attack looks for the smallest distance.
    public static var seeksSmallestDistance: Bool { Base.seeksSmallestDistance }

    /// The attack that moves away from the network's answer.
    public var base: Base

    /// - Parameter base: An attack that increases a loss at the label it is given.
    public init(_ base: Base) { self.base = base }

    /// Those of the base attack, and `away-from`, which is `prediction`.
    public var parameters: [String: String] { base.parameters.merging(["away-from": "prediction"]) { $1 } }

    /// Compiles the network twice: for the base attack, and for the classes of the clean images.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try PredictionAttackExecutor(
            base.makeExecutor(on: network, batchSize: batchSize, copies: copies), on: network, batchSize: batchSize)
    }
}

extension PredictionAttack: Equatable where Base: Equatable {}
extension PredictionAttack: Hashable where Base: Hashable {}

/// An executor that is given the network's own classes as labels.
final class PredictionAttackExecutor: AttackExecutor {
    private let base: any AttackExecutor
    private let classifier: Classifier

    init(_ base: any AttackExecutor, on network: Network, batchSize: Int) throws {
        self.base = base
        classifier = try Classifier(network, batchSize: batchSize, takesParameters: true)
    }

    /// The evaluations of the base attack, and one that asks for the class.
    var queries: [Int] { base.queries.map { $0 + 1 } }

    var hasVanished: [Bool] { base.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> Images {
        try classifier.set(parameters)
        classifier.images.set(batch.images)
        classifier.run()
        var led = batch
        // Logits that are not numbers give no class, and their image stays where it is.
        led.labels = classifier.classes
        return try base.run(led, parameters: parameters)
    }
}
