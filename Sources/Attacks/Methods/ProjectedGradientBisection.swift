import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The smallest radius within which projected gradient ascent succeeds, sought by bisection for each image. With it, PGD can
/// contribute to the best distance per image over several attacks, which Finlay and Oberman (2020, §4) report, also in ℓ∞,
/// where few attacks look for a distance. The paper does not say how PGD's distances were found.
///
/// The radius is halved until the ascent fails, or doubled until it succeeds; then the interval between the largest that
/// failed and the nearest image found is halved. Each radius has its own start, and an ascent ends at its first success. A
/// failed ascent within a radius proves nothing: the result is a distance that suffices, not the smallest one.
///
/// It proposes the nearest of the images found, or the image itself if there is none.
public struct ProjectedGradientBisection: DistanceAttack, Hashable {
    /// `pgd-bisection`.
    public static let name = "pgd-bisection"
    /// Its line in the list of attacks.
    public static let summary = "the smallest radius within which pgd succeeds, by bisection"
    /// Every norm.
    public static let norms = Norm.allCases
    /// False: it knows only the network itself.
    public static let attacksSmoothed = false

    /// The norm of the balls, and of the distance to be minimised.
    public var norm: Norm
    /// Radii tried for each image.
    public var radii = 12
    /// The first of them.
    public var initialRadius: Float = 0.1
    /// Steps of each ascent.
    public var steps = 40
    /// The size of a step, in units of radius/steps.
    public var step: Float = 2.5
    /// Where each ascent begins; usually anywhere in the cube of its radius.
    public var start = ProjectedGradient.Start.uniform
    /// What each ascent increases: usually cross entropy, or the margin.
    public var loss = Loss.crossEntropy

    /// With the usual values: 12 radii, 40 steps for each.
    public init(norm: Norm) { self.norm = norm }

    /// The attack in this norm; the radius is ignored.
    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    /// `radii`, `initial-radius`, `steps`, `step`, `random-start` and `loss`.
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

    /// Compiles the network twice: for the ascents, and to decide about what they find.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        return try ProjectedGradientBisectionExecutor(self, on: network, batchSize: batchSize)
    }
}

/// A bisection compiled for a network and a batch.
private final class ProjectedGradientBisectionExecutor: AttackExecutor {
    private let attack: ProjectedGradientBisection
    private let ascent: ProjectedGradient
    private let followed: AttackedClassifier
    private let classifier: AttackedClassifier
    private var ascentQueries: [Int]
    private(set) var hasVanished: [Bool]

    init(_ attack: ProjectedGradientBisection, on network: Network, batchSize: Int) throws {
        self.attack = attack
        // Within a ball of radius 1, from which each image's own follows.
        ascent = ProjectedGradient(
            ball: Ball(attack.norm, radius: 1), stepSize: attack.step / Float(max(1, attack.steps)), steps: attack.steps,
            start: attack.start, loss: attack.loss, restsOnSuccess: true)
        followed = try AttackedClassifier(network, batchSize: batchSize, answering: ascent.answer(copies: 0))
        classifier = try AttackedClassifier(network, batchSize: batchSize)
        ascentQueries = Array(repeating: 0, count: batchSize)
        hasVanished = Array(repeating: false, count: batchSize)
    }

    var queries: [Int] { zip(ascentQueries, classifier.queries).map(+) }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> Images {
        for place in hasVanished.indices { (ascentQueries[place], hasVanished[place]) = (0, false) }
        try classifier.load(batch, parameters: parameters)
        let points = classifier.points
        var nearest = NearestAdversarial(to: batch.images, norm: attack.norm)
        nearest.offer(points, where: try classifier.decide())
        let isOpen = nearest.isWrongAnyway.map { !$0 }
        var searches = batch.images.map { RadiusBisection(from: attack.initialRadius, reach: attack.norm.reach(from: $0)) }
        var started = batch
        for trial in 0..<attack.radii where isOpen.contains(true) {
            started.trial = batch.trial * attack.radii + trial
            try followed.load(started, parameters: parameters)
            try ascent.ascend(started, on: followed, radii: searches.map(\.radius))
            points.set(followed.points)
            let isReached = try classifier.decide(for: isOpen)
            nearest.offer(points, where: isReached)
            for place in isOpen.indices where isOpen[place] {
                hasVanished[place] = hasVanished[place] || followed.hasVanished[place]
                ascentQueries[place] += followed.queries[place]
                searches[place].narrow(hasSucceeded: isReached[place], nearest: nearest.distances[place])
            }
        }
        points.set(nearest.images)
        return points
    }
}

/// One image's search for the smallest radius that suffices.
private struct RadiusBisection {
    /// The radius to try next.
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
