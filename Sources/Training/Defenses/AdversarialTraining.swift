import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// min_θ E max_{x′ ∈ B(x, ε)} CE(f(x′), y): training on the images that projected gradient ascent finds (Madry et al.
/// 2018, equation 2.1).
public struct AdversarialTraining: Defense {
    /// `pgd`: what the command, recipes and models' metadata call it.
    public static let name = "pgd"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy on images that projected gradient ascent found (Madry)"

    /// The inner maximisation.
    public var attack: ProjectedGradient

    /// Trains on what this ascent finds.
    public init(attack: ProjectedGradient) { self.attack = attack }

    /// With the settings that Madry et al. use on MNIST.
    public init() { attack = ProjectedGradient(ball: Ball(.linf, radius: 0.3), stepSize: 0.01, steps: 40) }

    /// The ascent's norm, radius, step and steps, and where it starts.
    public static var settings: [Setting<Self>] {
        [Setting<ProjectedGradient>].ascent(\Self.attack)
            + [.flag("random-start", \.attack.start.isRandom, "begin anywhere in the ball, not at the image")]
    }

    /// The ascent, the same in every epoch.
    public func adversary(epoch: Int) -> (any Attack)? { attack }

    /// The mean of CE(f(x′), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}

extension [Setting<ProjectedGradient>] {
    /// What can be set of the ascent within a defense.
    private static var ascent: Self {
        [
            .choice("norm", \.norm, "norm of the attack"),
            .number("epsilon", \.radius, in: 0...1000, "radius of the attack; pixels are in [0, 1]"),
            .number("step", \.givenStepSize, or: \.stepSize, in: 0...1000, "size of a step"),
            .integer("steps", \.steps, in: 0...10_000, "steps of the attack"),
        ]
    }

    /// The same, of a defense that has such an ascent.
    static func ascent<Method>(_ path: WritableKeyPath<Method, ProjectedGradient> & Sendable) -> [Setting<Method>] {
        ascent.map { $0.within(path) }
    }
}
