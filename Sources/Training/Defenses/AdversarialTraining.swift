import Attacks
import Graphs
import Tensors

/// min_θ E max_{x′ ∈ B(x, ε)} CE(f(x′), y): training on the images that projected gradient ascent finds (Madry et al.
/// 2018, equation 2.1).
public struct AdversarialTraining: Defense {
    public static let name = "pgd"
    public static let summary = "cross entropy on images that projected gradient ascent found (Madry)"

    public var attack: ProjectedGradient

    public init(attack: ProjectedGradient) { self.attack = attack }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        attack = try ProjectedGradient(&settings)
    }

    public var parameters: [String: String] { attack.parameters }

    public func adversary(epoch: Int) -> (any Attack)? { attack }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}

extension ProjectedGradient {
    /// From a uniform start on cross entropy, with the settings that Madry et al. use on MNIST.
    init(_ settings: inout DefenseSettings) throws(TrainingError) {
        let norm = try settings.choice("norm", default: Norm.linf, "norm of the attack")
        let radius = try settings.number("epsilon", default: 0.3, in: 0...1000, "radius of the attack; pixels are in [0, 1]")
        self.init(
            ball: Ball(norm, radius: radius),
            stepSize: try settings.number("step", default: 0.01, in: 0...1000, "size of a step"),
            steps: try settings.integer("steps", default: 40, in: 0...10_000, "steps of the attack"))
    }
}
