import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// Projected gradient ascent in a Wasserstein ball by Sinkhorn iterations (Wong, Schmidt and Kolter, "Wasserstein
/// adversarial examples via projected Sinkhorn iterations", 2019): steps along the sign of the gradient of cross entropy,
/// each projected as `SinkhornProjection` says, then limited to [0, 1].
///
/// An image is left alone once it is misclassified; the radius grows for the others. If `restsOnSuccess` is false, all go on
/// to the last iteration. Distances are for images of mass 1. Limiting pixels to [0, 1] changes the mass, so the result lies
/// in the ball only up to that precision error: `WassersteinEvaluation` measures both. Nothing is random.
public struct ProjectedSinkhorn: NamedWassersteinAttack, Hashable {
    /// `sinkhorn`.
    public static let name = "sinkhorn"
    /// Its line in the list of attacks.
    public static let summary = "gradient steps with projected Sinkhorn iterations (Wong 2019)"

    /// The radius in each iteration, for images of mass 1: the mean cost of moving it, in pixels^p.
    public var growth: RadiusGrowth
    /// What moving mass costs; usually the squared distance in pixels, p = 2.
    public var groundCost = GroundCost()
    /// Side of the window within which mass moves; `TransportWindow` says what that restricts.
    public var windowSize = 5
    /// λ, the weight of closeness against entropy in the projection.
    public var lambda: Double = 1000
    /// The size of a step, in units of pixels in [0, 1].
    public var stepSize: Float = 0.1
    /// Steps of the ascent, one gradient and one projection each: 50 in training, 100 when it is asked for by name.
    public var iterations = 50
    /// The relative error in mass that a projection may have.
    public var tolerance = 1e-3
    /// The most iterations of a projection.
    public var projectionIterations = 200
    /// Whether an image is left alone once it is misclassified.
    public var restsOnSuccess = true

    /// The values are the paper's for MNIST; the paper attacks with a window of 7.
    public init(growth: RadiusGrowth = .training) { self.growth = growth }

    /// `iterations`, `window`, `lambda`, `step`, `p`, `tolerance`, `projection-iterations` and `rest`.
    public static var settings: [Setting<Self>] {
        [
            .integer("iterations", \.iterations, in: 0...100_000, "steps at each radius"),
            .window(\.windowSize),
            .number("lambda", \.lambda, in: 1e-3...1e6, "weight of closeness against entropy (CIFAR-10: 3000)"),
            .number("step", \.stepSize, in: 0...1000, "size of a step; pixels are in [0, 1]"),
            .groundCost(\.groundCost.exponent),
            .number("tolerance", \.tolerance, in: 1e-9...1, "part of the mass by which a projection may be off"),
            .integer("projection-iterations", \.projectionIterations, in: 1...100_000, "iterations of a projection, at most"),
            .rest(\.restsOnSuccess),
        ]
    }

    /// The gradient of the log odds, whose sign is that of cross entropy's; with noisy copies, that of the cross entropy of
    /// their mean probability.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Loss.crossEntropy.ascended(over: copies)) }

    /// The ascent for each image. One without any mass stays as it is.
    ///
    /// - Throws: `AttackError` for a window that does not fit the images.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        let window = try window(for: points.shape)
        let masses = batch.images.map(\.mass)
        // In an image without mass, nothing can be moved.
        var active = masses.indices.filter { masses[$0] > 0 }
        var projections: [Int: SinkhornProjection] = [:]
        for place in active {
            let projection = SinkhornProjection(
                window: window, lambda: lambda, tolerance: tolerance, iterations: projectionIterations)
            projection.begin(at: batch.images[place].map { Double($0) / masses[place] })
            projections[place] = projection
        }
        for iteration in 0..<iterations {
            let gradients = classifier.gradients(for: masses.indices.map(active.contains))
            let isMisclassified = classifier.isMisclassifiedBySource
            // An image that is already misclassified needs no search.
            if restsOnSuccess || iteration == 0 { active.removeAll { isMisclassified[$0] } }
            if active.isEmpty { break }
            for place in active {
                let (point, mass) = (points[place], masses[place])
                var moved = zip(point, gradients[place]).map { Double($0 + stepSize * $1.direction) / mass }
                projections[place]?.project(&moved, radius: growth.radius(iteration: iteration))
                point.fill { Float(min(max(moved[$0] * mass, 0), 1)) }
            }
        }
    }
}

extension Float {
    /// 1, −1, or 0 for zero and for what is not a number.
    fileprivate var direction: Float { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
