import CKernels
import Networks
import Tensors

/// MI-FGSM (Dong et al. 2018, algorithm 1): steps along a gradient that accumulates, gₜ₊₁ = μ·gₜ + ∇/‖∇‖₁, which carries
/// the ascent over small hills and makes what it finds transfer better to other networks.
///
/// An image on which the network errs as it is stays as it is. Nothing is random.
public struct MomentumIterative: NamedAttack, Hashable {
    public static let name = "mi-fgsm"
    public static let summary = "steps along a gradient with momentum; transfers well to other networks (Dong 2018)"
    public static let norms = Norm.allCases
    public static let seeksSmallestDistance = false

    public var ball: Ball
    public var steps: Int
    public var stepSize: Float
    /// μ.
    public var decay: Float

    public init(ball: Ball, stepSize: Float, steps: Int, decay: Float = 1) {
        self.ball = ball
        self.stepSize = stepSize
        self.steps = steps
        self.decay = decay
    }

    public init(norm: Norm, radius: Float?, settings: inout MethodSettings) throws(AttackError) {
        ball = try Self.ball(norm, radius: radius)
        steps = try settings.integer("steps", default: 10, in: 0...100_000, "steps of the ascent")
        stepSize = try settings.optionalNumber("step", in: 0...1000, "size of a step; radius/steps where not given")
            ?? ball.radius / Float(max(1, steps))
        decay = try settings.number("decay", default: 1, in: 0...10, "what is left of the accumulated gradient at each step")
    }

    public var parameters: [String: String] {
        [
            "norm": ball.norm.rawValue, "epsilon": "\(ball.radius)", "step": "\(stepSize)", "steps": "\(steps)",
            "decay": "\(decay)",
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        guard ball.radius >= 0, ball.radius.isFinite, stepSize >= 0, stepSize.isFinite, steps >= 0, decay >= 0 else {
            throw AttackError("the radius, step, steps and decay of \(Self.name) must not be negative")
        }
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
