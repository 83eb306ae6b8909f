import Attacks
import Graphs

/// min_θ E max_{x′ ∈ B(x, ε)} CE(f(x′), y): training on the images that projected gradient ascent finds (Madry et al.
/// 2018, equation 2.1).
public struct AdversarialTraining: Defense {
    public static let name = "pgd"

    public var attack: ProjectedGradient

    public init(attack: ProjectedGradient) { self.attack = attack }

    public var parameters: [String: String] {
        [
            "norm": attack.ball.norm.rawValue, "epsilon": "\(attack.ball.radius)", "step": "\(attack.stepSize)",
            "steps": "\(attack.steps)", "start": "\(attack.start)",
        ]
    }

    public func adversary(epoch: Int) -> ProjectedGradient? { attack }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
