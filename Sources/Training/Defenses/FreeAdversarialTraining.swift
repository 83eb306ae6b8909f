import Attacks
import Graphs
import Tensors

/// "Free" adversarial training (Shafahi et al. 2019, algorithm 1): each batch is used m times in a row, and the one gradient
/// of CE(f(x + δ), y) that each use computes moves both the parameters, down, and the perturbation δ, up. δ stays from use
/// to use, and from batch to batch.
///
/// An epoch takes m steps per batch, so that an m-th of the epochs costs as much as standard training.
public struct FreeAdversarialTraining: Defense {
    public static let name = "free"
    public static let summary = "each batch used several times, each gradient moving both the parameters and the images"

    public var ball: Ball
    /// How far δ moves at each use.
    public var stepSize: Float
    /// Uses m of each batch.
    public var uses: Int

    public init(ball: Ball, stepSize: Float, uses: Int) {
        self.ball = ball
        self.stepSize = stepSize
        self.uses = uses
    }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        let norm = try settings.choice("norm", default: Norm.linf, "norm of the perturbation")
        let radius = try settings.number(
            "epsilon", default: 0.3, in: 0...1000, "radius of the perturbation; pixels are in [0, 1]")
        self.init(
            ball: Ball(norm, radius: radius),
            stepSize: try settings.optionalNumber(
                "step", in: 0...1000, "how far the perturbation moves at each use; without it, epsilon") ?? radius,
            uses: try settings.integer("replays", default: 8, in: 1...1000, "uses of each batch"))
    }

    public var parameters: [String: String] {
        [
            "norm": ball.norm.rawValue, "epsilon": "\(ball.radius)", "step": "\(stepSize)", "replays": "\(uses)",
        ]
    }

    public var replays: Replays? { Replays(count: uses, ball: ball, stepSize: stepSize) }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
