import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// CE(f(x), y) + β · max_{x′ ∈ B(x, ε)} KL(f(x) ‖ f(x′)): accuracy on clean images traded against a boundary that keeps its
/// distance (Zhang et al. 2019, equation 5; β = 1/λ).
public struct TRADES: Defense {
    /// `trades`: what the command, recipes and models' metadata call it.
    public static let name = "trades"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy plus the divergence that an adversary can cause"

    /// The inner maximisation, of KL(f(x) ‖ f(x′)).
    public var attack: ProjectedGradient
    /// β: the weight of robustness, 1/λ in the paper.
    public var beta: Float
    /// The paper's λ.
    var lambda: Float {
        get { 1 / beta }
        set { beta = 1 / newValue }
    }

    /// - Parameters:
    ///   - ball: The ball of perturbations.
    ///   - stepSize: Length of a step of the ascent, in the ball's norm.
    ///   - steps: Steps of the ascent.
    ///   - beta: The weight of robustness, 1/λ in the paper.
    public init(ball: Ball, stepSize: Float, steps: Int, beta: Float) {
        attack = ProjectedGradient(
            ball: ball, stepSize: stepSize, steps: steps, start: .gaussian(0.001), loss: .divergence)
        self.beta = beta
    }

    /// The ascent of Madry et al. on MNIST, and β = 6.
    public init() { self.init(ball: Ball(.linf, radius: 0.3), stepSize: 0.01, steps: 40, beta: 6) }

    /// The ascent's norm, radius, step and steps, and β or λ.
    public static var settings: [Setting<Self>] {
        [Setting<ProjectedGradient>].ascent(\Self.attack) + [
            .number("beta", \.beta, in: 0...1e6, "weight of robustness"),
            .number("lambda", \.lambda, in: 1e-6...1e6, "1/beta, as the paper has it, instead of beta").unrecorded(),
        ]
    }

    /// Refuses β and λ together, because each determines the other.
    public func conflict(given: [String: String]) -> String? {
        guard let beta = given["beta"], let lambda = given["lambda"] else { return nil }
        return "beta is \(beta) and lambda \(lambda), but lambda is 1/beta: give one of them"
    }

    /// The ascent, the same in every epoch.
    public func adversary(epoch: Int) -> (any Attack)? { attack }

    /// The mean of CE(f(x), y) + β · KL(f(x) ‖ f(x′)); gradients flow through both sides of the divergence.
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try checkSettings()
        // Three passes in the order of the authors' code: with dropout, each has its own masks.
        let clean = try graph.logits(of: graph.images)
        let moved = try graph.logits(of: graph.adversarial)
        let again = try graph.logits(of: graph.images)
        let probabilities = try again.softmax(axis: 1)
        let logProbabilities = try again - again.logSumExp(axis: 1, keepingDimensions: true)
        // KL(p ‖ q) = Σ p log p − Σ p log q, through both of which gradients flow.
        let entropy = try (probabilities * logProbabilities).sum(over: [1])
        let divergence = try (entropy + Node.crossEntropy(logits: moved, labels: probabilities)).mean(over: [0])
        return try graph.crossEntropy(clean, labels: graph.labels) + divergence * .constant(beta)
    }
}
