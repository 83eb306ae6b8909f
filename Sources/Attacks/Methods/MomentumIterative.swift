import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// MI-FGSM (Dong et al. 2018, algorithm 1): steps along a gradient that accumulates, gₜ₊₁ = μ·gₜ + ∇/‖∇‖₁, which carries
/// the ascent over small hills and makes what it finds transfer better to other networks.
///
/// An image that is already misclassified is left unchanged. Nothing is random.
public struct MomentumIterative: BallAttack, ClassifierAttack, Hashable {
    /// `mi-fgsm`.
    public static let name = "mi-fgsm"
    /// Its line in the list of attacks.
    public static let summary = "steps along a gradient with momentum; transfers well to other networks (Dong 2018)"

    /// Where the perturbed images stay: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball
    /// Steps of the ascent, one gradient each; 10 in the paper.
    public var steps = 10
    /// The size of a step, if it does not follow from the radius.
    public var givenStepSize: Float?
    /// μ, the momentum: what is kept of the gradient so far.
    public var decay: Float = 1

    /// With the paper's values: 10 steps of radius/steps, μ = 1.
    public init(ball: Ball) { self.ball = ball }

    /// The size of a step.
    public var stepSize: Float { givenStepSize ?? ball.radius / Float(max(1, steps)) }

    /// `steps`, `step` and `decay`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of the ascent"),
            .number("step", \.givenStepSize, in: 0...1000, otherwise: "radius/steps", "size of a step"),
            .number("decay", \.decay, in: 0...10, "what is left of the accumulated gradient at each step"),
        ]
    }

    /// The gradient of the log odds, which has the direction of cross entropy's; with noisy copies, that of the cross
    /// entropy of their mean probability.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Loss.crossEntropy.ascended(over: copies)) }

    /// Algorithm 1 for each image; what it proposes is where the last step ends.
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
