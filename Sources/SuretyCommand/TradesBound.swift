import ArgumentParser
import Foundation
import Surety

/// `surety trades-bound`: both sides of theorem 3.1 of TRADES.
struct TradesBound: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trades-bound",
        abstract: "What theorem 3.1 of TRADES says about a two-class model, and how loose it is.",
        discussion: """
            Attacks every image, and compares the robust error found with the bound R_φ(f) + E max φ(f(x′)·f(x)/λ) on it, φ \
            being the hinge loss. Their difference Δ is what the paper's table 3 reports. λ and ε are those the model was \
            trained with, unless they are given.

            Example:
              surety train --recipe mnist-trades-binary --output trades
              surety trades-bound trades/model.onnx --data mnist:1,3
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(parsing: .unconditional, help: "λ in the bound (default: what the model was trained with).")
    var lambda: Double?

    @Option(parsing: .unconditional, help: "The ℓ∞ radius of the attack (default: what the model was trained with).")
    var epsilon: Float?

    @Option(parsing: .unconditional, help: "The size of a step of the attack.")
    var step: Float = 0.01

    @Option(parsing: .unconditional, help: "The steps of the attack.")
    var steps: Int = 20

    @Option(parsing: .unconditional, help: "The seed of where the attack begins.")
    var seed: UInt64 = 0

    func run() throws {
        let images = try data.load()
        let loaded = try model.load(imageShape: images.shape)
        try loaded.requireClasses(of: images, from: data.data, note: Terminal.note)
        let λ = try lambda ?? loaded.defenseSetting("lambda")
        let ε = try epsilon ?? loaded.defenseSetting("epsilon")
        try Sense.require(radii: [Double(ε)], .linf, shape: images.shape)
        let attack = RobustErrorBound.attack(radius: ε, stepSize: step, steps: steps)
        let bound = try RobustErrorBound(of: loaded.network, on: images, attack: attack, lambda: λ, seed: seed)
        print("""
            \(images.count) images, λ \(λ), ℓ∞ radius \(ε), \(steps) steps of \(step)
            natural accuracy          \(Self.percent(bound.naturalAccuracy))
            robust accuracy           \(Self.percent(bound.robustAccuracy))
            R_φ(f)                    \(Self.decimal(bound.surrogateRisk))
            E max φ(f(x′)·f(x)/λ)     \(Self.decimal(bound.regularisation))
            robust error, Δ_LHS       \(Self.decimal(bound.left))
            its bound, Δ_RHS          \(Self.decimal(bound.right))
            Δ = Δ_RHS − Δ_LHS         \(Self.decimal(bound.gap))
            """)
    }

    private static func percent(_ fraction: Double) -> String { String(format: "%.2f %%", 100 * fraction) }
    private static func decimal(_ value: Double) -> String { String(format: "%.7f", value) }
}
