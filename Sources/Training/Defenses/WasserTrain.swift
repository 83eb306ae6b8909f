import Attacks
import Graphs

/// ω·CE(f(x̃), y) + (1 − ω)·CE(f(x), y): training on what WasserAttack makes of the images together with the images
/// themselves (Zhao et al., WasserTrain, equation 10 and algorithm 1).
///
/// The attack's radius grows until it succeeds, so that none is chosen beforehand (§5.1). An image that withstands the
/// largest radius is trained on as the attack left it. Mass moves within a window; `TransportWindow` says what that
/// restricts.
public struct WasserTrain: Defense {
    public static let name = "wassertrain"
    public static let summary = "cross entropy on images whose mass WasserAttack moved, and on clean images"

    public var attack: WasserAttack
    /// The weight of the attacked images, in [0, 1].
    public var omega: Float

    public init(attack: WasserAttack = WasserAttack(), omega: Float = 0.7) {
        self.attack = attack
        self.omega = omega
    }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        omega = try settings.number("omega", default: 0.7, in: 0...1, "weight of the attacked images against the clean ones")
        attack = WasserAttack()
        try attack.growth.read(&settings)
        try attack.groundCost.read(&settings)
        attack.iterations = try settings.integer(
            "iterations", default: 50, in: 1...100_000, "iterations of the attack, at most")
        attack.windowSize = try settings.windowSize(default: 5)
        attack.multipliers.alpha = try settings.number(
            "alpha", default: 10, in: 0...1e6, "weight of the precision loss: no mass comes or goes")
        attack.multipliers.beta = try settings.number(
            "beta", default: 10, in: 0...1e6, "weight of the invalid-pixel loss: none is above 1")
        attack.multipliers.gamma = try settings.number(
            "gamma", default: 10, in: 0...1e6, "weight of the loss outside the ball")
        attack.rate = try settings.number("rate", default: 0.05, in: 1e-6...10, "size of the attack's steps")
    }

    public var parameters: [String: String] { attack.parameters.merging(["omega": "\(omega)"]) { $1 } }

    public func adversary(epoch: Int) -> (any Attack)? { attack }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard 0...1 ~= omega else { throw TrainingError("omega is \(omega): it must be between 0 and 1") }
        let attacked = try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
        let clean = try graph.crossEntropy(graph.logits(of: graph.images), labels: graph.labels)
        return try attacked * .constant(omega) + clean * .constant(1 - omega)
    }
}
