import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// MI-FGSM (Dong et al. 2018, algorithm 1): steps along a gradient that accumulates, gₜ₊₁ = μ·gₜ + ∇/‖∇‖₁, which carries
/// the ascent over small hills and makes what it finds transfer better to other networks.
///
/// An image that is misclassified as it is stays as it is. Nothing is random.
public struct MomentumIterative: BallAttack, ClassifierAttack, Hashable {
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

    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Loss.crossEntropy.ascended(over: copies)) }

    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        let momentum = Images(count: points.count, shape: points.shape)
        var moving = points.map { _ in true }
        for step in 0..<steps {
            let gradients = classifier.gradients(for: moving)
            if step == 0, classifier.copies == 0, batch.decision.isSource {
                moving = try classifier.misclassified().map { !$0 }
            }
            for place in points.indices where moving[place] {
                let (g, gradient) = (momentum[place], gradients[place])
                let length = Norm.linf.dual(of: gradient)
                g.fill { k in decay * g[k] + (length.map { gradient[k] / $0 } ?? 0) }
                ball.ascend(points[place], along: g, step: stepSize, around: batch.images[place])
            }
        }
    }
}
