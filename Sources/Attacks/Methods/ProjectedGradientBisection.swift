import Networks
import Tensors

/// The smallest radius within which projected gradient ascent succeeds, sought by bisection for each image. With it PGD takes
/// part in the best distance per image over several attacks, which Finlay and Oberman (2020, §4) report, in ℓ∞ too, where few
/// attacks seek one. How PGD's distances are found there, the paper does not say.
///
/// The radius is halved until the ascent fails, or doubled until it succeeds; then the interval between the largest that
/// failed and the nearest image found is halved. Each radius has a start of its own, and an ascent ends at its first success.
/// That the ascent failed within a radius proves nothing: what is found is a distance that suffices, not the least that does.
///
/// It proposes the nearest of the images found, and the image itself where there is none.
public struct ProjectedGradientBisection: DistanceAttack, Hashable {
    public static let name = "pgd-bisection"
    public static let summary = "the smallest radius within which pgd succeeds, by bisection"
    public static let norms = Norm.allCases

    public var norm: Norm
    /// Radii tried for each image.
    public var radii = 12
    /// The first of them.
    public var initialRadius: Float = 0.1
    /// Steps of each ascent.
    public var steps = 40
    /// The size of a step, as a part of radius/steps.
    public var step: Float = 2.5
    public var start = ProjectedGradient.Start.uniform
    public var loss = AdversarialLoss.crossEntropy

    public init(norm: Norm) { self.norm = norm }

    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    public static var settings: [Setting<Self>] {
        [
            .integer("radii", \.radii, in: 1...1000, "radii tried for each image"),
            .number("initial-radius", \.initialRadius, in: 1e-6...1000, "the first of them"),
            .integer("steps", \.steps, in: 0...100_000, "steps of each ascent"),
            .number("step", \.step, in: 0...1000, "size of a step, as a part of radius/steps"),
            .flag("random-start", \.start.isRandom, "begin anywhere in the ball, not at the image"),
            .choice("loss", \.loss, among: [.crossEntropy, .margin], "what is increased"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try ProjectedGradientBisectionExecutor(self, on: network, batchSize: batchSize)
    }
}

/// A bisection compiled for a network and a batch.
final class ProjectedGradientBisectionExecutor: AttackExecutor {
    private let attack: ProjectedGradientBisection
    private let ascent: ProjectedGradientExecutor
    private let forward: ForwardPass
    private let classCount: Int
    private var ascentQueries: [Int]
    private(set) var hasVanished: [Bool]

    init(_ attack: ProjectedGradientBisection, on network: Network, batchSize: Int) throws {
        self.attack = attack
        // Within a ball of radius 1, from which each image's own follows.
        let ascent = ProjectedGradient(
            ball: Ball(attack.norm, radius: 1), stepSize: attack.step / Float(max(1, attack.steps)), steps: attack.steps,
            start: attack.start, loss: attack.loss, restsOnSuccess: true)
        self.ascent = try ProjectedGradientExecutor(ascent, on: network, batchSize: batchSize, copies: 0)
        forward = try ForwardPass(on: network, batchSize: batchSize)
        classCount = network.classCount
        ascentQueries = Array(repeating: 0, count: batchSize)
        hasVanished = Array(repeating: false, count: batchSize)
    }

    var queries: [Int] { zip(ascentQueries, forward.queries).map(+) }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        ascentQueries = ascentQueries.map { _ in 0 }
        hasVanished = hasVanished.map { _ in false }
        forward.load(batch, parameters: parameters)
        let margins = Margins(of: batch, classCount: classCount)
        let points = forward.images
        _ = points.update(fromContentsOf: batch.images)
        var nearest = NearestErring(of: batch, norm: attack.norm)
        nearest.offer(points, errs: try forward.errs(batch, margins: margins))
        let isOpen = nearest.isWrongAnyway.map { !$0 }
        var searches = batch.indices.indices.map { place in
            let image = batch.images[AttackBatch.range(of: place, size: forward.imageSize)]
            return RadiusSearch(from: attack.initialRadius, reach: attack.norm.reach(from: image))
        }
        for trial in 0..<attack.radii where isOpen.contains(true) {
            ascent.radii = searches.map(\.radius)
            let proposals = ascent.run(
                AttackBatch(
                    images: batch.images, labels: batch.labels, indices: batch.indices, seed: batch.seed,
                    trial: batch.trial * attack.radii + trial, decision: batch.decision,
                    seesThroughSaturation: batch.seesThroughSaturation),
                parameters: parameters)
            _ = points.update(fromContentsOf: proposals)
            let reached = try forward.errs(batch, margins: margins, for: isOpen)
            nearest.offer(points, errs: reached)
            for place in isOpen.indices where isOpen[place] {
                hasVanished[place] = hasVanished[place] || ascent.hasVanished[place]
                ascentQueries[place] += ascent.queries[place]
                searches[place].narrow(hasSucceeded: reached[place], nearest: nearest.distances[place])
            }
        }
        _ = points.update(fromContentsOf: nearest.images)
        return UnsafeBufferPointer(points)
    }
}

/// One image's way to the smallest radius that suffices.
private struct RadiusSearch {
    /// To be tried next.
    private(set) var radius: Float
    /// No image is farther away than this.
    private let reach: Float
    /// The largest that failed.
    private var failing: Float = 0

    init(from first: Float, reach: Float) {
        self.reach = reach
        radius = min(first, reach)
    }

    /// - Parameter nearest: The distance of the nearest image found so far; infinite where there is none.
    mutating func narrow(hasSucceeded: Bool, nearest: Float) {
        if !hasSucceeded { failing = max(failing, radius) }
        // An image may lie nearer than a radius within which another ascent failed.
        if failing >= nearest { failing = 0 }
        radius = nearest.isFinite ? (failing + nearest) / 2 : min(2 * failing, reach)
    }
}

extension Norm {
    /// The distance from an image to the farthest one in [0, 1].
    fileprivate func reach(from image: Slice<UnsafeBufferPointer<Float>>) -> Float {
        let farthest = image.lazy.map { max($0, 1 - $0) }
        return switch self {
        case .l2: farthest.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .linf: farthest.max() ?? 0
        }
    }
}
