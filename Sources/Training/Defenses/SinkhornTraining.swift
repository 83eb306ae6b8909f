import SuretyAttacks
import SuretyGraphs

/// min_θ E max CE(f(x′), y) over a Wasserstein ball, the inner maximum approximated by projected Sinkhorn ascent (Wong,
/// Schmidt and Kolter 2019, §5): the baseline of WasserTrain.
///
/// The attack's radius grows until it succeeds. Mass moves within a window; `TransportWindow` says what that restricts.
public struct SinkhornTraining: Defense {
    /// `sinkhorn`: what the command, recipes and models' metadata call it.
    public static let name = "sinkhorn"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy on images that projected Sinkhorn ascent found in a Wasserstein ball"

    /// The inner maximisation.
    public var attack: ProjectedSinkhorn

    /// Trains on what this ascent finds.
    public init(attack: ProjectedSinkhorn) { self.attack = attack }

    /// With a projection that may be off by 0.01.
    public init() { self.init(attack: ProjectedSinkhorn().with(\.tolerance, 0.01)) }

    /// How the radius grows, and the ascent's own settings.
    public static var settings: [Setting<Self>] {
        RadiusGrowth.settings.map { $0.within(\.attack.growth) } + ProjectedSinkhorn.settings.map { $0.within(\.attack) }
    }

    /// What is wrong with the radii together; nil if nothing is.
    public func conflict(given: [String: String]) -> String? { attack.growth.conflict(given: given) }

    /// The ascent, the same in every epoch.
    public func adversary(epoch: Int) -> (any Attack)? { attack }

    /// The mean of CE(f(x′), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
