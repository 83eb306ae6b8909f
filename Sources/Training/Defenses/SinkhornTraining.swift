import Attacks
import Graphs

/// min_θ E max CE(f(x′), y) over a Wasserstein ball, the inner maximum approximated by projected Sinkhorn ascent (Wong,
/// Schmidt and Kolter 2019, §5): the baseline of WasserTrain.
///
/// The attack's radius grows until it succeeds. Mass moves within a window; `TransportWindow` says what that restricts.
public struct SinkhornTraining: Defense {
    public static let name = "sinkhorn"
    public static let summary = "cross entropy on images that projected Sinkhorn ascent found in a Wasserstein ball"

    public var attack: ProjectedSinkhorn

    public init(attack: ProjectedSinkhorn = ProjectedSinkhorn(tolerance: 0.01)) { self.attack = attack }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        attack = ProjectedSinkhorn(tolerance: 0.01)
        try attack.growth.read(&settings)
        try attack.groundCost.read(&settings)
        attack.iterations = try settings.integer(
            "iterations", default: 50, in: 1...100_000, "iterations of the attack, at most")
        attack.windowSize = try settings.windowSize(default: 5)
        attack.stepSize = try settings.number("step", default: 0.1, in: 0...1000, "size of a step; pixels are in [0, 1]")
        attack.lambda = Double(
            try settings.number(
                "lambda", default: 1000, in: 1e-3...1e6, "weight of closeness against entropy (CIFAR-10: 3000)"))
        attack.tolerance = Double(
            try settings.number(
                "tolerance", default: 0.01, in: 1e-9...1, "part of the mass by which a projection may be off"))
        attack.projectionIterations = try settings.integer(
            "projection-iterations", default: 200, in: 1...100_000, "iterations of a projection, at most")
    }

    public var parameters: [String: String] { attack.parameters }

    public func adversary(epoch: Int) -> (any Attack)? { attack }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
