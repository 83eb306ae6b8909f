import Graphs
import Networks
import Tensors

/// The attack that seeks the worst image of a Wasserstein ball by its transport plan Π (Zhao et al., WasserTrain, §4.1):
///
///     max over Φ of ℓ₀ + αℓ₁ + βℓ₂ + γℓ₃,   Π = ½(tanh Φ + 1),   x̃ = Πᵀ1
///     ℓ₀ = max_{j≠y} logit_j − logit_y        the network errs           (equation 5)
///     ℓ₁ = −Σ|Π1 − x|                         no mass comes or goes      (6)
///     ℓ₂ = Σ min(1 − x̃, 0)                    pixels stay below 1        (7)
///     ℓ₃ = min(ε − ⟨Π, C⟩, 0)                 within the ball            (8)
///
/// ε is for images of mass 1, as in projected Sinkhorn. In ℓ₃ both terms are multiplied by the image's mass, so that all
/// multipliers weigh the same unit, a pixel's mass.
///
/// The image is that of the plan, or of as large a part of it as the radius pays for. It lies within the radius up to its
/// precision error: mass that is missing in one place and too much in another has a way to go too. It is left alone once the
/// network errs on it and its precision error is within `tolerance`; the radius grows for the others. With `restsOnSuccess`
/// false it goes on to the last iteration, and what comes out is, of all iterations' images within the tolerance, the one with
/// the highest ℓ₀. Mass moves within a window; `TransportWindow` says what that restricts. Nothing is random. An image without
/// any mass stays as it is.
public struct WasserAttack: WassersteinAttack, Hashable {
    public static let name = "wasser"

    /// The weights of the constraints.
    public struct Multipliers: Sendable, Hashable {
        public var alpha, beta, gamma: Float

        public init(alpha: Float = 10, beta: Float = 10, gamma: Float = 10) {
            self.alpha = alpha
            self.beta = beta
            self.gamma = gamma
        }
    }

    public var growth: RadiusGrowth
    public var groundCost: GroundCost
    public var windowSize: Int
    public var multipliers: Multipliers
    /// How far Φ moves in a step for a slope as large as the root mean square of the image's slopes.
    public var rate: Float
    public var iterations: Int
    /// The part of its mass by which an image may be off to count as found.
    public var tolerance: Double
    /// Whether an image is left alone once it is found.
    public var restsOnSuccess: Bool

    public init(
        growth: RadiusGrowth = .training, iterations: Int = 50, windowSize: Int = 5,
        multipliers: Multipliers = Multipliers(), rate: Float = 0.05, groundCost: GroundCost = GroundCost(),
        tolerance: Double = 1e-3, restsOnSuccess: Bool = true
    ) {
        self.growth = growth
        self.groundCost = groundCost
        self.windowSize = windowSize
        self.multipliers = multipliers
        self.rate = rate
        self.iterations = iterations
        self.tolerance = tolerance
        self.restsOnSuccess = restsOnSuccess
    }

    /// The attack with these settings; its radius is to be set.
    public init(settings: inout MethodSettings) throws(AttackError) {
        self.init(
            iterations: try settings.iterations(), windowSize: try settings.windowSize(),
            multipliers: Multipliers(
                alpha: try settings.number("alpha", default: 10, in: 0...1e6, "weight of ℓ₁: mass neither comes nor goes"),
                beta: try settings.number("beta", default: 10, in: 0...1e6, "weight of ℓ₂: pixels stay below 1"),
                gamma: try settings.number("gamma", default: 10, in: 0...1e6, "weight of ℓ₃: within the radius")),
            rate: try settings.number("rate", default: 0.05, in: 1e-6...10, "size of the steps of Φ"),
            groundCost: try settings.groundCost(),
            tolerance: try settings.double("tolerance", default: 1e-3, in: 0...1, "part of its mass by which an image may be off"),
            restsOnSuccess: try settings.rest())
    }

    public var parameters: [String: String] {
        growth.parameters.merging([
            "p": "\(groundCost.exponent)", "window": "\(windowSize)", "alpha": "\(multipliers.alpha)",
            "beta": "\(multipliers.beta)", "gamma": "\(multipliers.gamma)", "rate": "\(rate)",
            "iterations": "\(iterations)", "tolerance": "\(tolerance)", "rest": "\(restsOnSuccess)",
        ]) { $1 }
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try growth.check()
        guard [multipliers.alpha, multipliers.beta, multipliers.gamma].allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw AttackError("alpha, beta and gamma must not be negative")
        }
        guard rate > 0, rate.isFinite, tolerance >= 0, iterations >= 0 else {
            throw AttackError("the attack's rate must be positive, its tolerance and iterations not negative")
        }
        return try WasserAttackExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// A WasserAttack compiled for a network and a batch.
final class WasserAttackExecutor: AttackExecutor {
    private let attack: WasserAttack
    private let slope: LossSlope
    private let window: TransportWindow
    private let classCount: Int
    private var erring: ErringImages

    init(_ attack: WasserAttack, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(of: .margin, on: network, batchSize: batchSize, copies: copies, withLogits: true)
        window = try TransportWindow(shape: network.imageShape, size: attack.windowSize, groundCost: attack.groundCost)
        erring = ErringImages(batchSize: batchSize, classCount: network.classCount)
    }

    var queries: [Int] { slope.queries }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        let masses = batch.indices.indices.map { place in batch.images[range(place)].reduce(0.0) { $0 + Double($1) } }
        let margins = Margins(of: batch, classCount: classCount)
        var plans: [Int: PlanVariables] = [:]
        var best: [Int: (margin: Float, image: [Float])] = [:]
        for (place, mass) in masses.enumerated() where mass > 0 {
            plans[place] = PlanVariables(
                of: batch.images[range(place)], window: window, radius: attack.growth.radius(iteration: 0))
        }
        // The image itself may be misclassified: then there is nothing to move.
        _ = slope.evaluate()
        for (place, isWrong) in erring.find(logits: slope.logits, labels: batch.labels).enumerated() where isWrong {
            plans[place] = nil
        }
        for iteration in 0..<attack.iterations where !plans.isEmpty {
            let radius = attack.growth.radius(iteration: iteration)
            for (place, plan) in plans { plan.makeImage(points[range(place)], budget: radius * masses[place]) }
            let slopes = slope.evaluate(for: masses.indices.map { plans[$0] != nil })
            let isWrong = erring.find(logits: slope.logits, labels: batch.labels)
            let reached = margins(slope.logits)
            for (place, plan) in plans {
                let mass = masses[place]
                let isSound = plan.rowError + plan.overflow <= attack.tolerance * mass
                if attack.restsOnSuccess, isSound, isWrong[place] {
                    plans[place] = nil
                    continue
                }
                if !attack.restsOnSuccess, isSound, reached[place] > best[place]?.margin ?? -.infinity {
                    best[place] = (reached[place], Array(points[range(place)]))
                }
                plan.ascend(
                    slopes[range(place)], multipliers: attack.multipliers, budget: radius * mass, rate: attack.rate)
            }
        }
        let radius = attack.growth.radius(iteration: max(0, attack.iterations - 1))
        for (place, plan) in plans { plan.makeImage(points[range(place)], budget: radius * masses[place]) }
        for (place, best) in best { _ = points[range(place)].update(fromContentsOf: best.image) }
        return UnsafeBufferPointer(points)
    }

    private func range(_ place: Int) -> Range<Int> { AttackBatch.range(of: place, size: slope.imageSize) }
}
