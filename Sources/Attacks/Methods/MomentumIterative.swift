import CKernels
import Networks
import Tensors

/// MI-FGSM (Dong et al. 2018, algorithm 1): steps along a gradient that accumulates, gₜ₊₁ = μ·gₜ + ∇/‖∇‖₁, which carries
/// the ascent over small hills and makes what it finds transfer better to other networks.
///
/// An image that is misclassified already stays as it is. Nothing is random.
public struct MomentumIterative: BallAttack, Hashable {
    public static let name = "mi-fgsm"
    public static let summary = "steps along a gradient with momentum; transfers well to other networks (Dong 2018)"

    public var ball: Ball
    public var steps = 10
    /// The size of a step, where it does not follow from the radius.
    public var givenStepSize: Float?
    /// μ.
    public var decay: Float = 1

    public init(ball: Ball) { self.ball = ball }

    /// The size of a step.
    public var stepSize: Float { givenStepSize ?? ball.radius / Float(max(1, steps)) }

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of the ascent"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "radius/steps", "size of a step"),
            .number("decay", \.decay, in: 0...10, "what is left of the accumulated gradient at each step"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        return try MomentumIterativeExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// MI-FGSM compiled for a network and a batch.
final class MomentumIterativeExecutor: AttackExecutor {
    private let attack: MomentumIterative
    private let slope: LossSlope
    private let classCount: Int
    private let isSmoothed: Bool

    init(_ attack: MomentumIterative, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        classCount = network.classCount
        isSmoothed = copies > 0
        slope = try LossSlope(
            of: AdversarialLoss.crossEntropy.ascended(over: copies), on: network, batchSize: batchSize, copies: copies,
            withLogits: true)
    }

    var queries: [Int] { slope.queries }

    var hasVanished: [Bool] { slope.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let margins = Margins(of: batch, classCount: classCount)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        var momentum = [Float](repeating: 0, count: points.count)
        var isWrongAnyway = batch.indices.map { _ in false }
        for step in 0..<attack.steps {
            let slopes = slope.evaluate(for: isWrongAnyway.map { !$0 })
            if step == 0, !isSmoothed, batch.decision.isSource { isWrongAnyway = margins(slope.logits).map { $0 > 0 } }
            momentum.withUnsafeMutableBufferPointer { momentum in
                for place in batch.indices.indices where !isWrongAnyway[place] {
                    let range = AttackBatch.range(of: place, size: slope.imageSize)
                    let length = Norm.linf.dual(of: UnsafeBufferPointer(rebasing: slopes[range]))
                    for i in range {
                        momentum[i] = attack.decay * momentum[i] + (length.map { slopes[i] / $0 } ?? 0)
                    }
                    attack.ball.ascend(
                        .init(rebasing: points[range]), along: .init(rebasing: momentum[range]), step: attack.stepSize,
                        around: .init(rebasing: batch.images[range]))
                }
            }
        }
        return UnsafeBufferPointer(points)
    }
}
