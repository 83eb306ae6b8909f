import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The LogBarrier attack (Finlay, Pooladian and Oberman 2019, algorithm 1): it moves a misclassified image back towards the
/// clean one, kept on the wrong side of the boundary by a logarithmic barrier,
///
///     minimise m(u − x) − λ·log(max_{j≠y} p_j(u) − p_y(u))
///
/// by gradient descent, with m half the square of the ℓ2 norm, or a smooth approximation of the ℓ∞ norm, and λ smaller in
/// each of the outer loops. A step that crosses the boundary is partly undone. Strong where gradients near the image are of
/// no use.
///
/// It begins at noise that grows until the image is misclassified. An image for which no such noise is found is left
/// unchanged. Random numbers are keyed by image and trial. Logits of an unusual scale are brought to a usual one
/// (`LogitScale`), where probabilities are neither 0 and 1 nor all alike. The barrier knows one boundary only, so it cannot
/// attack by transfer.
public struct LogBarrier: DistanceAttack, Hashable {
    /// `log-barrier`.
    public static let name = "log-barrier"
    /// Its line in the list of attacks.
    public static let summary = "from noise back to the image, behind a logarithmic barrier (Finlay 2019)"
    /// ℓ2 and ℓ∞.
    public static let norms = [Norm.l2, .linf]
    /// False: the barrier stands before the boundary of the network it follows.
    public static let transfers = false
    /// False: it knows only the network itself.
    public static let attacksSmoothed = false

    /// The norm that is minimised.
    public var norm: Norm
    /// dt: the length of a step of gradient descent.
    public var stepSize: Float = 0.01
    /// α₀: the barrier's first weight λ.
    public var initialWeight: Float = 0.1
    /// β: the factor by which the weight falls after each outer loop; usually 0.75, between 0.001 and 1.
    public var decay: Float = 0.75
    /// γ: the part of a step across the boundary that is undone, again and again.
    public var backtracking: Float = 0.5
    /// Outer loops, one for each weight of the barrier.
    public var outerSteps = 15
    /// The most steps of gradient descent in each outer loop.
    public var innerSteps = 500
    /// A move shorter than this ends an image's inner loop.
    public var tolerance: Float = 1e-6
    /// How sharp the softmax that replaces the maximum in the ℓ∞ norm is.
    public var temperature: Float = 500
    /// Noisy images tried to begin with, each 1 % larger.
    public var starts = 1000

    /// With the usual values: 15 weights, up to 500 steps for each.
    public init(norm: Norm) { self.norm = norm }

    /// The attack in this norm; the radius is ignored.
    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    /// `step`, `initial-weight`, `decay`, `backtracking`, `outer-steps`, `inner-steps`, `tolerance`, `temperature` and
    /// `starts`.
    public static var settings: [Setting<Self>] {
        [
            .number("step", \.stepSize, in: 1e-9...1, "length of a step of gradient descent"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e6, "first weight of the barrier"),
            .number("decay", \.decay, in: 1e-3...1, "factor of the weight after each outer loop"),
            .number("backtracking", \.backtracking, in: 1e-3...1, "part of a step across that is undone"),
            .integer("outer-steps", \.outerSteps, in: 1...10_000, "weights of the barrier"),
            .integer("inner-steps", \.innerSteps, in: 1...1_000_000, "steps for each, at most"),
            .number("tolerance", \.tolerance, in: 0...1, "move at which an inner loop ends"),
            .number("temperature", \.temperature, in: 1...1e6, "how closely ℓ∞ is approximated"),
            .integer("starts", \.starts, in: 1...10_000, "noisy images tried at first, each larger"),
        ]
    }

    /// Compiles the network twice: for its classes alone, and with a gradient.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        return try LogBarrierExecutor(self, on: network, batchSize: batchSize)
    }
}

/// The LogBarrier attack compiled for a network and a batch.
private final class LogBarrierExecutor: AttackExecutor {
    private let attack: LogBarrier
    /// Tells which side of the boundary images are on, more cheaply than with a gradient.
    private let classifier: AttackedClassifier
    private let slope: AttackedClassifier
    /// The factor by which each image's logits are multiplied.
    private var scales: [Float] = []

    init(_ attack: LogBarrier, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classifier = try AttackedClassifier(network, batchSize: batchSize)
        slope = try AttackedClassifier(network, batchSize: batchSize, answering: .gradient(of: .weightedLogits))
    }

    var queries: [Int] { zip(classifier.queries, slope.queries).map(+) }

    func run(_ attacked: AttackBatch, parameters: [String: Tensor]) throws -> Images {
        // The barrier uses the network's own probabilities.
        var batch = attacked
        batch.decision = .source
        try classifier.load(batch, parameters: parameters)
        try slope.load(batch, parameters: parameters)
        let points = classifier.points
        let moving = try findStarts(of: batch)
        var nearest = NearestAdversarial(to: batch.images, norm: attack.norm)
        let last = Images(copying: points)
        for outer in 0..<attack.outerSteps {
            let barrier = attack.initialWeight * pow(attack.decay, Float(outer))
            var active = moving
            // What the network says of the points as they are.
            classifier.evaluate(for: moving)
            if outer == 0 { scales = classifier.scaleCorrections }
            for _ in 0..<attack.innerSteps where active.contains(true) {
                for place in points.indices { setWeights(at: place, label: batch.labels[place]) }
                slope.points.set(points)
                let slopes = slope.gradients(for: active)
                last.set(points)
                for place in points.indices where active[place] {
                    descend(points[place], from: batch.images[place], along: slopes[place], barrier: barrier)
                }
                try bringBack(to: last, active: active)
                for place in points.indices where active[place] {
                    nearest.offer(points[place], at: place)
                    active[place] = attack.norm.distance(points[place], last[place]) > attack.tolerance
                }
            }
        }
        points.set(nearest.images)
        return points
    }

    private func findStarts(of batch: AttackBatch) throws -> [Bool] {
        try classifier.findAdversarialStarts(of: batch, trials: attack.starts) { trial, place, point in
            GaussianNoise(key: batch.seed, sigma: 0.01 * pow(1.01, Float(trial))).add(
                to: point, sample: UInt32(truncatingIfNeeded: batch.trial * attack.starts + trial),
                image: batch.key(of: place), stream: .start)
            point.fill { min(max(point[$0], 0), 1) }
        }
    }

    /// The derivatives of −log(max_{j≠y} p_j − p_y) by the logits; they weight the logits in the slope that is taken next.
    private func setWeights(at place: Int, label: Int?) {
        let (logits, scale, label) = (classifier.logits[place], scales[place], label ?? 0)
        let highest = logits.max() ?? 0
        let powers = logits.map { exp(scale * ($0 - highest)) }
        let sum = powers.reduce(0, +)
        let p = powers.map { $0 / sum }
        let other = p.indices.filter { $0 != label }.max { p[$0] < p[$1] } ?? 0
        let gap = max(p[other] - p[label], .leastNormalMagnitude)
        slope.weights[place].fill { k in
            let change = p[other] * ((k == other ? 1 : 0) - p[k]) - p[label] * ((k == label ? 1 : 0) - p[k])
            return -change / gap * scale
        }
    }

    /// A step of gradient descent on distance and barrier, limited to [0, 1].
    private func descend(_ point: Row, from clean: Row, along slope: Row, barrier: Float) {
        guard slope.allSatisfy(\.isFinite) else { return }
        let distances = distanceSlope(point, clean)
        point.fill { min(max(point[$0] - attack.stepSize * (distances[$0] + barrier * slope[$0]), 0), 1) }
    }

    /// The gradient of m: u − x in ℓ2; in ℓ∞, that of Σ softmax(T·|u − x|)·|u − x|.
    private func distanceSlope(_ point: Row, _ clean: Row) -> [Float] {
        let change = zip(point, clean).map { $0 - $1 }
        if attack.norm == .l2 { return change }
        let largest = change.reduce(0) { max($0, abs($1)) }
        let powers = change.map { exp(attack.temperature * (abs($0) - largest)) }
        let sum = powers.reduce(0, +)
        let mean = zip(powers, change).reduce(0) { $0 + $1.0 * abs($1.1) } / sum
        return zip(powers, change).map { power, change in
            let slope = power / sum * (1 + attack.temperature * (abs(change) - mean))
            return change > 0 ? slope : change < 0 ? -slope : 0
        }
    }

    /// Undoes part of the steps across the boundary until the images are misclassified again; after twenty tries, undoes the
    /// whole step. The classifier has then been evaluated at these points.
    private func bringBack(to last: Images, active: [Bool]) throws {
        var isAcross = active
        for trial in 1...20 {
            let isMisclassified = try classifier.decide(for: isAcross)
            isAcross = active.indices.map { active[$0] && !isMisclassified[$0] }
            if !isAcross.contains(true) { return }
            for place in isAcross.indices where isAcross[place] {
                let (point, last) = (classifier.points[place], last[place])
                point.fill { trial < 20 ? point[$0] + attack.backtracking * (last[$0] - point[$0]) : last[$0] }
            }
        }
        classifier.evaluate(for: isAcross)
    }
}
