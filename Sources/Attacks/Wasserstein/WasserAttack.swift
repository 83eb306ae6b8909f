import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The attack that searches for the worst image in a Wasserstein ball through its transport plan Π (Zhao et al., WasserTrain,
/// §4.1):
///
///     max over Φ of ℓ₀ + αℓ₁ + βℓ₂ + γℓ₃,   Π = ½(tanh Φ + 1),   x̃ = Πᵀ1
///     ℓ₀ = max_{j≠y} logit_j − logit_y        misclassified              (equation 5)
///     ℓ₁ = −Σ|Π1 − x|                         no mass comes or goes      (6)
///     ℓ₂ = Σ min(1 − x̃, 0)                    pixels stay below 1        (7)
///     ℓ₃ = min(ε − ⟨Π, C⟩, 0)                 within the ball            (8)
///
/// ε is for images of mass 1, as in projected Sinkhorn. In ℓ₃ both terms are multiplied by the image's mass, so that all
/// multipliers weigh the same unit, a pixel's mass.
///
/// The image is that of the plan, or of the largest fraction of it that the radius pays for. It lies within the radius up to
/// its precision error: mass that is missing in one place and extra in another must travel too. It is left alone once it is
/// misclassified and its precision error is within `tolerance`; the radius grows for the others. If `restsOnSuccess` is
/// false, it goes on to the last iteration, and the result is the image with the highest ℓ₀ among all iterations' images
/// within the tolerance. Mass moves within a window; `TransportWindow` says what that restricts. Nothing is random. An image
/// without any mass stays as it is.
public struct WasserAttack: NamedWassersteinAttack, Hashable {
    /// `wasser`.
    public static let name = "wasser"
    /// Its line in the list of attacks.
    public static let summary = "WasserAttack, using its transport plan (Zhao)"

    /// The weights of the constraints.
    public struct Multipliers: Sendable, Hashable {
        /// α, β and γ, the weights of ℓ₁ (mass neither comes nor goes), ℓ₂ (pixels stay below 1) and ℓ₃ (within the radius):
        /// from 0, usually 10 each.
        public var alpha, beta, gamma: Float

        /// The usual weights, where nothing else is given.
        public init(alpha: Float = 10, beta: Float = 10, gamma: Float = 10) {
            self.alpha = alpha
            self.beta = beta
            self.gamma = gamma
        }
    }

    /// The radius in each iteration, for images of mass 1: the mean cost of moving it, in pixels^p.
    public var growth: RadiusGrowth
    /// What moving mass costs; usually the squared distance in pixels, p = 2.
    public var groundCost = GroundCost()
    /// Side of the window within which mass moves, in pixels, odd: 5 in training, 7 when the attack is asked for by name.
    /// `TransportWindow` says what that restricts.
    public var windowSize = 5
    /// The weights of the three constraints against ℓ₀.
    public var multipliers = Multipliers()
    /// How far Φ moves in a step for a slope as large as the root mean square of the image's slopes.
    public var rate: Float = 0.05
    /// Steps of the ascent, one gradient each: 50 in training, 100 when the attack is asked for by name.
    public var iterations = 50
    /// The largest relative error in mass with which an image counts as found.
    public var tolerance = 1e-3
    /// Whether an image is left alone once it is found.
    public var restsOnSuccess = true

    /// With the values for training on MNIST.
    public init(growth: RadiusGrowth = .training) { self.growth = growth }

    /// `iterations`, `window`, `p`, `alpha`, `beta`, `gamma`, `rate`, `tolerance` and `rest`.
    public static var settings: [Setting<Self>] {
        [
            .integer("iterations", \.iterations, in: 0...100_000, "steps at each radius"),
            .window(\.windowSize),
            .groundCost(\.groundCost.exponent),
            .number("alpha", \.multipliers.alpha, in: 0...1e6, "weight of ℓ₁: mass neither comes nor goes"),
            .number("beta", \.multipliers.beta, in: 0...1e6, "weight of ℓ₂: pixels stay below 1"),
            .number("gamma", \.multipliers.gamma, in: 0...1e6, "weight of ℓ₃: within the radius"),
            .number("rate", \.rate, in: 1e-6...10, "size of the steps of Φ"),
            .number("tolerance", \.tolerance, in: 0...1, "part of its mass by which an image may be off"),
            .rest(\.restsOnSuccess),
        ]
    }

    /// The gradient of ℓ₀, the margin.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: .margin) }

    /// The ascent over Φ for each image.
    ///
    /// - Throws: `AttackError` for a window that does not fit the images.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        let window = try window(for: points.shape)
        let masses = batch.images.map(\.mass)
        var plans: [Int: PlanVariables] = [:]
        var best: [Int: (margin: Float, image: [Float])] = [:]
        for (place, mass) in masses.enumerated() where mass > 0 {
            plans[place] = PlanVariables(of: batch.images[place], window: window, radius: growth.radius(iteration: 0))
        }
        // The image itself may be misclassified: then there is nothing to move.
        _ = classifier.gradients()
        for (place, isWrong) in classifier.isMisclassifiedBySource.enumerated() where isWrong { plans[place] = nil }
        for iteration in 0..<iterations where !plans.isEmpty {
            let radius = growth.radius(iteration: iteration)
            for (place, plan) in plans { plan.makeImage(points[place], budget: radius * masses[place]) }
            let gradients = classifier.gradients(for: masses.indices.map { plans[$0] != nil })
            let isMisclassified = classifier.isMisclassifiedBySource
            let margins = classifier.margins()
            for (place, plan) in plans {
                let mass = masses[place]
                let isSound = plan.rowError + plan.overflow <= tolerance * mass
                if restsOnSuccess, isSound, isMisclassified[place] {
                    plans[place] = nil
                    continue
                }
                if !restsOnSuccess, isSound, margins[place] > best[place]?.margin ?? -.infinity {
                    best[place] = (margins[place], Array(points[place]))
                }
                plan.ascend(gradients[place], multipliers: multipliers, budget: radius * mass, rate: rate)
            }
        }
        let radius = growth.radius(iteration: max(0, iterations - 1))
        for (place, plan) in plans { plan.makeImage(points[place], budget: radius * masses[place]) }
        for (place, best) in best { points[place].set(best.image) }
    }
}

extension Row {
    /// The sum of the elements.
    var mass: Double { reduce(0.0) { $0 + Double($1) } }
}
