import SuretyAttacks
import SuretyGraphs

/// ω·CE(f(x̃), y) + (1 − ω)·CE(f(x), y): training on the images that WasserAttack makes, together with the clean images (Zhao
/// et al., WasserTrain, equation 10 and algorithm 1).
///
/// The attack's radius grows until it succeeds, so that none is chosen beforehand (§5.1). An image that withstands the
/// largest radius is trained on as the attack left it. Mass moves within a window; `TransportWindow` says what that
/// restricts.
public struct WasserTrain: Defense {
    /// `wassertrain`: what the command, recipes and models' metadata call it.
    public static let name = "wassertrain"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy on images whose mass WasserAttack moved, and on clean images"

    /// What moves the mass.
    public var attack: WasserAttack
    /// The weight of the attacked images, in [0, 1].
    public var omega: Float

    /// With the paper's values.
    public init() { self.init(attack: WasserAttack()) }

    /// - Parameters:
    ///   - attack: What moves the mass.
    ///   - omega: ω, the weight of the attacked images, in [0, 1].
    public init(attack: WasserAttack = WasserAttack(), omega: Float = 0.7) {
        self.attack = attack
        self.omega = omega
    }

    /// ω, how the radius grows, and the attack's own settings.
    public static var settings: [Setting<Self>] {
        [.number("omega", \.omega, in: 0...1, "weight of the attacked images against the clean ones")]
            + RadiusGrowth.settings.map { $0.within(\.attack.growth) } + WasserAttack.settings.map { $0.within(\.attack) }
    }

    /// What is wrong with the radii together; nil if nothing is.
    public func conflict(given: [String: String]) -> String? { attack.growth.conflict(given: given) }

    /// The attack, the same in every epoch.
    public func adversary(epoch: Int) -> (any Attack)? { attack }

    /// The mean of ω·CE(f(x̃), y) + (1 − ω)·CE(f(x), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try checkSettings()
        let attacked = try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
        let clean = try graph.crossEntropy(graph.logits(of: graph.images), labels: graph.labels)
        return try attacked * .constant(omega) + clean * .constant(1 - omega)
    }
}
