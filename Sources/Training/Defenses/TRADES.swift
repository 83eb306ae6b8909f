import Attacks
import Graphs
import Tensors

/// CE(f(x), y) + β · max_{x′ ∈ B(x, ε)} KL(f(x) ‖ f(x′)): accuracy on clean images traded against a boundary that keeps its
/// distance (Zhang et al. 2019, equation 5; β = 1/λ).
public struct TRADES: Defense {
    public static let name = "trades"
    public static let summary = "cross entropy plus the divergence that an adversary can cause"

    public var attack: ProjectedGradient
    public var beta: Float

    /// - Parameters:
    ///   - ball: The ball of perturbations.
    ///   - beta: The weight of robustness, 1/λ in the paper.
    public init(ball: Ball, stepSize: Float, steps: Int, beta: Float) {
        attack = ProjectedGradient(
            ball: ball, stepSize: stepSize, steps: steps, start: .gaussian(0.001), loss: .divergence)
        self.beta = beta
    }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        let attack = try ProjectedGradient(&settings)
        let beta = try settings.optionalNumber("beta", in: 0...1e6, "weight of robustness; without it, 1/lambda, or 6")
        let lambda = try settings.optionalNumber("lambda", in: 1e-6...1e6, "1/beta, as the paper has it, instead of beta")
        if let beta, let lambda {
            throw TrainingError("beta is \(beta) and lambda \(lambda), but lambda is 1/beta: give one of them")
        }
        self.init(
            ball: attack.ball, stepSize: attack.stepSize, steps: attack.steps, beta: beta ?? lambda.map { 1 / $0 } ?? 6)
    }

    public var parameters: [String: String] { attack.parameters.merging(["beta": "\(beta)"]) { $1 } }

    public func adversary(epoch: Int) -> (any Attack)? { attack }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard beta >= 0, beta.isFinite else { throw TrainingError("beta is \(beta): it must not be negative") }
        // Three passes in the order of the authors' code: where there is dropout, each has its own masks.
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
