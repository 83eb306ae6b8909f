import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// φ(f(x)·y) + max_{x′ ∈ B(x, ε)} φ(f(x)·f(x′)/λ) with the hinge loss φ(α) = max(1 − α, 0) and y = ±1: TRADES for two
/// classes (Zhang et al. 2019, equation 3), whose risk bounds the robust error by theorem 3.1 (see `RobustErrorBound`).
/// f is the difference of the two logits, so its sign is the class, and the trained network is like any other. The paper's
/// network has one output; two of them, subtracted, learn twice as fast at the same rate.
public struct BinaryTRADES: Defense {
    /// `trades-binary`: what the command, recipes and models' metadata call it.
    public static let name = "trades-binary"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "hinge loss plus the hinge loss of its change that an adversary can cause, for two classes"

    /// The inner maximisation: it moves f(x′) away from the sign of f(x).
    public var attack: PredictionAttack<ProjectedGradient>
    /// λ: the smaller, the more robust.
    public var lambda: Float

    /// - Parameters:
    ///   - ball: The ball of perturbations.
    ///   - stepSize: Length of a step of the ascent, in the ball's norm.
    ///   - steps: Steps of the ascent.
    ///   - lambda: λ in the paper: the smaller, the more robust.
    public init(ball: Ball, stepSize: Float, steps: Int, lambda: Float) {
        attack = PredictionAttack(Self.attack(ball: ball, stepSize: stepSize, steps: steps))
        self.lambda = lambda
    }

    /// The ascent, which begins beside the image and lowers the margin.
    static func attack(ball: Ball, stepSize: Float, steps: Int) -> ProjectedGradient {
        ProjectedGradient(ball: ball, stepSize: stepSize, steps: steps, start: .gaussian(0.001), loss: .margin)
    }

    /// In ℓ∞ of radius 0.1, with λ = 5.
    public init() { self.init(ball: Ball(.linf, radius: 0.1), stepSize: 0.01, steps: 20, lambda: 5) }

    /// The ascent's norm, radius, step and steps, and λ.
    public static var settings: [Setting<Self>] {
        [Setting<ProjectedGradient>].ascent(\Self.attack.base)
            + [.number("lambda", \.lambda, in: 1e-6...1e6, "the smaller, the more robust")]
    }

    /// The ascent, the same in every epoch.
    public func adversary(epoch: Int) -> (any Attack)? { attack }

    /// The mean of φ(f(x)·y) + φ(f(x)·f(x′)/λ).
    ///
    /// - Throws: `TrainingError` unless there are two classes, or for settings that make no sense.
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try checkSettings()
        guard graph.labels.shape[1] == 2 else {
            throw TrainingError("""
                trades-binary needs two classes, and there are \(graph.labels.shape[1]): choose two, as in --data mnist:1,3, \
                or train with trades
                """)
        }
        // Three passes in the order of the authors' code: with dropout, each has its own masks.
        let clean = try Self.difference(of: graph.logits(of: graph.images))
        let moved = try Self.difference(of: graph.logits(of: graph.adversarial))
        let again = try Self.difference(of: graph.logits(of: graph.images))
        let risk = try Self.hinge(clean * Self.difference(of: graph.labels))
        let change = try Self.hinge(again * moved * .constant(1 / lambda))
        return try (risk + change).mean(over: [0])
    }

    /// The second column of [N, 2] less the first: f of logits, ±1 of labels.
    private static func difference(of columns: Node) throws -> Node {
        try (columns * .constant(Tensor(shape: [1, 2], values: [-1, 1]))).sum(over: [1])
    }

    /// max(1 − α, 0), elementwise.
    private static func hinge(_ alpha: Node) throws -> Node { try (.constant(1) - alpha).relu() }
}
