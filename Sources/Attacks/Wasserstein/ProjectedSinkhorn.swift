import Foundation
import Graphs
import Networks
import Tensors

/// Projected gradient ascent in a Wasserstein ball by Sinkhorn iterations (Wong, Schmidt and Kolter, "Wasserstein
/// adversarial examples via projected Sinkhorn iterations", 2019): steps along the sign of the gradient of cross entropy,
/// each projected as `SinkhornProjection` says, then limited to [0, 1].
///
/// An image is left alone once it is misclassified; the radius grows for the others. With `restsOnSuccess` false all go on
/// to the last iteration. Distances are for images of mass 1. Limiting pixels to [0, 1] changes the mass, so that what comes
/// out lies in the ball only up to that precision error: `WassersteinEvaluation` measures both. Nothing is random.
public struct ProjectedSinkhorn: NamedWassersteinAttack, Hashable {
    public static let name = "sinkhorn"
    public static let summary = "gradient steps with projected Sinkhorn iterations (Wong 2019)"

    public var growth: RadiusGrowth
    public var groundCost = GroundCost()
    /// Side of the window within which mass moves; what that restricts is said at `TransportWindow`.
    public var windowSize = 5
    /// λ, the weight of closeness against entropy in the projection.
    public var lambda: Double = 1000
    /// The size of a step, in units of pixels in [0, 1].
    public var stepSize: Float = 0.1
    public var iterations = 50
    /// The part of the mass by which a projection may be off.
    public var tolerance = 1e-3
    /// Iterations of a projection, at most.
    public var projectionIterations = 200
    /// Whether an image is left alone once the network misclassifies it.
    public var restsOnSuccess = true

    /// The values are those of the paper for MNIST, which attacks with a window of 7.
    public init(growth: RadiusGrowth = .training) { self.growth = growth }

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

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try growth.check()
        try checkSettings()
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
        // In an image without mass there is nothing to move.
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
