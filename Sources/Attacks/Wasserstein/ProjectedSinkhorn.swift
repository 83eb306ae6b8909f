import Foundation
import Graphs
import Networks
import Tensors

/// Projected gradient ascent in a Wasserstein ball by Sinkhorn iterations (Wong, Schmidt and Kolter, "Wasserstein
/// adversarial examples via projected Sinkhorn iterations", 2019): steps along the sign of the gradient of cross entropy,
/// each projected as `SinkhornProjection` says, then limited to [0, 1].
///
/// An image is left alone once the network errs on it; the radius grows for the others. With `restsOnSuccess` false all go on
/// to the last iteration. Distances are for images of mass
/// 1. Limiting pixels to [0, 1] changes the mass, so that what comes out lies in the ball only up to that precision error:
/// `WassersteinEvaluation` measures both. Nothing is random.
public struct ProjectedSinkhorn: WassersteinAttack, Hashable {
    public static let name = "sinkhorn"

    public var growth: RadiusGrowth
    public var groundCost: GroundCost
    /// Side of the window within which mass moves; what that restricts is said at `TransportWindow`.
    public var windowSize: Int
    /// λ, the weight of closeness against entropy in the projection.
    public var lambda: Double
    /// Of a step, in units of pixels in [0, 1].
    public var stepSize: Float
    public var iterations: Int
    /// Of the projection: the part of the mass by which it may be off.
    public var tolerance: Double
    /// Of the projection, at most.
    public var projectionIterations: Int
    /// Whether an image is left alone once the network errs on it.
    public var restsOnSuccess: Bool

    /// The values are those of the paper for MNIST, but that it attacks with a window of 7.
    public init(
        growth: RadiusGrowth = .training, iterations: Int = 50, windowSize: Int = 5, lambda: Double = 1000,
        stepSize: Float = 0.1, groundCost: GroundCost = GroundCost(), tolerance: Double = 1e-3,
        projectionIterations: Int = 200, restsOnSuccess: Bool = true
    ) {
        self.growth = growth
        self.groundCost = groundCost
        self.windowSize = windowSize
        self.lambda = lambda
        self.stepSize = stepSize
        self.iterations = iterations
        self.tolerance = tolerance
        self.projectionIterations = projectionIterations
        self.restsOnSuccess = restsOnSuccess
    }

    /// The attack with these settings; its radius is to be set.
    public init(settings: inout MethodSettings) throws(AttackError) {
        self.init(
            iterations: try settings.iterations(), windowSize: try settings.windowSize(),
            lambda: try settings.double(
                "lambda", default: 1000, in: 1e-3...1e6, "weight of closeness against entropy (CIFAR-10: 3000)"),
            stepSize: try settings.number("step", default: 0.1, in: 0...1000, "size of a step; pixels are in [0, 1]"),
            groundCost: try settings.groundCost(),
            tolerance: try settings.double(
                "tolerance", default: 1e-3, in: 1e-9...1, "part of the mass by which a projection may be off"),
            projectionIterations: try settings.integer(
                "projection-iterations", default: 200, in: 1...100_000, "iterations of a projection, at most"),
            restsOnSuccess: try settings.rest())
    }

    public var parameters: [String: String] {
        growth.parameters.merging([
            "p": "\(groundCost.exponent)", "window": "\(windowSize)", "lambda": "\(lambda)", "step": "\(stepSize)",
            "iterations": "\(iterations)", "tolerance": "\(tolerance)", "projection-iterations": "\(projectionIterations)",
            "rest": "\(restsOnSuccess)",
        ]) { $1 }
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try growth.check()
        guard lambda > 0, lambda.isFinite, tolerance > 0, stepSize >= 0, stepSize.isFinite else {
            throw AttackError("lambda and tolerance must be positive, and the step must not be negative")
        }
        guard iterations >= 0, projectionIterations >= 1 else {
            throw AttackError("the attack has \(iterations) iterations, a projection \(projectionIterations): too few")
        }
        return try ProjectedSinkhornExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// A projected Sinkhorn attack compiled for a network and a batch.
final class ProjectedSinkhornExecutor: AttackExecutor {
    private let attack: ProjectedSinkhorn
    private let slope: LossSlope
    private let projections: [SinkhornProjection]
    private var erring: ErringImages

    init(_ attack: ProjectedSinkhorn, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        slope = try LossSlope(
            of: AdversarialLoss.crossEntropy.ascended(over: copies), on: network, batchSize: batchSize, copies: copies,
            withLogits: true)
        let window = try TransportWindow(
            shape: network.imageShape, size: attack.windowSize, groundCost: attack.groundCost)
        projections = (0..<batchSize).map { _ in
            SinkhornProjection(
                window: window, lambda: attack.lambda, tolerance: attack.tolerance, iterations: attack.projectionIterations)
        }
        erring = ErringImages(batchSize: batchSize, classCount: network.classCount)
    }

    var queries: [Int] { slope.queries }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        let masses = projections.indices.map { place in
            batch.images[range(place)].reduce(0.0) { $0 + Double($1) }
        }
        // Of an image without mass nothing can be moved.
        var active = masses.indices.filter { masses[$0] > 0 }
        for place in active {
            projections[place].begin(at: batch.images[range(place)].map { Double($0) / masses[place] })
        }
        for iteration in 0..<attack.iterations {
            let slopes = slope.evaluate(for: masses.indices.map(active.contains))
            let isWrong = erring.find(logits: slope.logits, labels: batch.labels)
            // One that is misclassified as it is has nothing to look for.
            if attack.restsOnSuccess || iteration == 0 { active.removeAll { isWrong[$0] } }
            if active.isEmpty { break }
            for place in active {
                let image = range(place)
                var moved = image.map { Double(points[$0] + attack.stepSize * slopes[$0].direction) / masses[place] }
                projections[place].project(&moved, radius: attack.growth.radius(iteration: iteration))
                for (i, value) in zip(image, moved) { points[i] = Float(min(max(value * masses[place], 0), 1)) }
            }
        }
        return UnsafeBufferPointer(points)
    }

    private func range(_ place: Int) -> Range<Int> { AttackBatch.range(of: place, size: slope.imageSize) }
}

extension Float {
    /// 1, −1, or 0 for zero and for what is not a number.
    fileprivate var direction: Float { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
