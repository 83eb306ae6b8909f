import CKernels
import Networks
import Tensors

/// Another attack, led away from what the network says of the clean images instead of from their labels.
///
/// For a network of two classes with f = z₁ − z₀, the margin at the class of x is −f(x′)·sign f(x): it rises as f(x)·f(x′)
/// falls. So with that loss the base looks for the image that maximises φ(f(x)·f(x′)/λ) in TRADES (Zhang et al. 2019,
/// equation 3), for any falling φ and any λ, and finds its way also where φ is flat.
public struct PredictionAttack<Base: Attack>: Attack {
    public static var name: String { Base.name }

    public var base: Base

    public init(_ base: Base) { self.base = base }

    public var parameters: [String: String] { base.parameters.merging(["away-from": "prediction"]) { $1 } }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try PredictionAttackExecutor(
            base.makeExecutor(on: network, batchSize: batchSize, copies: copies), on: network, batchSize: batchSize)
    }
}

extension PredictionAttack: Equatable where Base: Equatable {}
extension PredictionAttack: Hashable where Base: Hashable {}

/// An executor that is given the network's own classes for labels.
final class PredictionAttackExecutor: AttackExecutor {
    private let base: any AttackExecutor
    private let forward: ForwardPass
    private let classCount: Int
    private var classes: [Int32]

    init(_ base: any AttackExecutor, on network: Network, batchSize: Int) throws {
        self.base = base
        classCount = network.classCount
        classes = Array(repeating: 0, count: batchSize)
        forward = try ForwardPass(on: network, batchSize: batchSize)
    }

    var queries: [Int] { zip(base.queries, forward.queries).map(+) }

    var hasVanished: [Bool] { base.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        forward.load(batch, parameters: parameters)
        _ = forward.images.update(fromContentsOf: batch.images)
        surety_classify(forward.evaluate().baseAddress, classes.count, classCount, &classes)
        var labels = [Float](repeating: 0, count: classes.count * classCount)
        // Logits that are not numbers name no class, and their image stays where it is.
        for (place, label) in classes.enumerated() where label >= 0 { labels[place * classCount + Int(label)] = 1 }
        return try labels.withUnsafeBufferPointer { labels in
            var led = batch
            led.labels = labels
            return try base.run(led, parameters: parameters)
        }
    }
}
