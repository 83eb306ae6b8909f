import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// "Free" adversarial training (Shafahi et al. 2019, algorithm 1): each batch is used m times in a row, and the single
/// gradient of CE(f(x + δ), y) in each use moves the parameters down and the perturbation δ up. δ is kept from use to use,
/// and from batch to batch.
///
/// An epoch takes m steps per batch, so 1/m of the epochs cost as much as standard training.
public struct FreeAdversarialTraining: Defense, HasBall {
    /// `free`: what the command, recipes and models' metadata call it.
    public static let name = "free"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "each batch used several times, each gradient moving both the parameters and the images"

    /// Where the perturbation δ stays.
    public var ball: Ball
    /// How far δ moves at each use, if it is not the whole radius.
    public var givenStepSize: Float?
    /// Uses m of each batch.
    public var uses: Int

    /// - Parameters:
    ///   - ball: Where δ stays.
    ///   - stepSize: How far δ moves at each use, in the ball's norm; the whole radius if nil.
    ///   - uses: m, at least 1.
    public init(ball: Ball, stepSize: Float? = nil, uses: Int) {
        self.ball = ball
        givenStepSize = stepSize
        self.uses = uses
    }

    /// In ℓ∞ of radius 0.3, with 8 uses of each batch.
    public init() { self.init(ball: Ball(.linf, radius: 0.3), uses: 8) }

    /// How far δ moves at each use; the whole radius, unless given.
    public var stepSize: Float { givenStepSize ?? ball.radius }

    /// Norm, radius, step and the uses of each batch.
    public static var settings: [Setting<Self>] {
        [
            .choice("norm", \.norm, "norm of the perturbation"),
            .number("epsilon", \.radius, in: 0...1000, "radius of the perturbation; pixels are in [0, 1]"),
            .number(
                "step", \.givenStepSize, or: \.stepSize, in: 0...1000,
                "how far the perturbation moves at each use; without it, epsilon"),
            .integer("replays", \.uses, in: 1...1000, "uses of each batch"),
        ]
    }

    /// m uses of each batch, between which δ stays in the ball.
    public var replays: BatchReuse? { BatchReuse(count: uses, ball: ball, stepSize: stepSize) }

    /// The mean of CE(f(x + δ), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
