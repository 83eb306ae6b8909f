import CKernels
import Foundation
import Networks
import Tensors

/// The LogBarrier attack (Finlay, Pooladian and Oberman 2019, algorithm 1): from an image that the network misclassifies back
/// towards the clean one, kept on the wrong side of the boundary by a logarithmic barrier,
///
///     minimise m(u − x) − λ·log(max_{j≠y} p_j(u) − p_y(u))
///
/// by gradient descent, with m half the square of the ℓ2 norm, or a smooth approximation of the ℓ∞ norm, and λ smaller in
/// each of the outer loops. A step that crosses the boundary is brought back part of its way. Strong where gradients near
/// the image say nothing.
///
/// It begins at noise that grows until the network errs. An image for which none is found stays as it is. Random numbers are
/// keyed by image and trial. Logits of an unusual scale are brought to a usual one (`LogitScale`), where probabilities are
/// neither 0 and 1 nor all alike. The barrier knows one boundary only, so it cannot attack by transfer.
public struct LogBarrier: DistanceAttack, Hashable {
    public static let name = "log-barrier"
    public static let summary = "from noise back to the image, behind a logarithmic barrier (Finlay 2019)"
    public static let norms = Norm.allCases
    public static let transfers = false

    public var norm: Norm
    /// dt: the length of a step of gradient descent.
    public var stepSize: Float = 0.01
    /// α₀: the barrier's first weight λ; and β: what is left of it after each outer loop.
    public var initialWeight: Float = 0.1
    public var decay: Float = 0.75
    /// γ: the part of a step across the boundary that is undone, again and again.
    public var backtracking: Float = 0.5
    public var outerSteps = 15
    public var innerSteps = 500
    /// A move shorter than this ends an image's inner loop.
    public var tolerance: Float = 1e-6
    /// How sharp the softmax is that stands for the maximum in the ℓ∞ norm.
    public var temperature: Float = 500
    /// Noisy images tried to begin with, each 1 % larger.
    public var starts = 1000

    public init(norm: Norm) { self.norm = norm }

    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    public static var settings: [Setting<Self>] {
        [
            .number("step", \.stepSize, in: 1e-9...1, "length of a step of gradient descent"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e6, "first weight of the barrier"),
            .number("decay", \.decay, in: 1e-3...1, "what is left of the weight after an outer loop"),
            .number("backtracking", \.backtracking, in: 1e-3...1, "part undone of a step across"),
            .integer("outer-steps", \.outerSteps, in: 1...10_000, "weights of the barrier"),
            .integer("inner-steps", \.innerSteps, in: 1...1_000_000, "steps for each, at most"),
            .number("tolerance", \.tolerance, in: 0...1, "move at which an inner loop ends"),
            .number("temperature", \.temperature, in: 1...1e6, "how closely ℓ∞ is approximated"),
            .integer("starts", \.starts, in: 1...10_000, "noisy images tried at first, each larger"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try LogBarrierExecutor(self, on: network, batchSize: batchSize)
    }
}

/// The LogBarrier attack compiled for a network and a batch.
final class LogBarrierExecutor: AttackExecutor {
    private let attack: LogBarrier
    private let forward: ForwardPass
    private let slope: LossSlope
    private let classCount: Int
    /// By what each image's logits are multiplied.
    private var scales: [Float] = []

    init(_ attack: LogBarrier, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classCount = network.classCount
        forward = try ForwardPass(on: network, batchSize: batchSize)
        slope = try LossSlope(of: .weightedLogits, on: network, batchSize: batchSize)
    }

    var queries: [Int] { zip(forward.queries, slope.queries).map(+) }

    func run(_ attacked: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        // The barrier is that of the network's own probabilities.
        var batch = attacked
        batch.decision = .source
        forward.load(batch, parameters: parameters)
        slope.load(batch, parameters: parameters)
        let margins = Margins(of: batch, classCount: classCount)
        let moving = try findStarts(of: batch, margins: margins)
        var nearest = NearestErring(of: batch, norm: attack.norm)
        var weights = [Float](repeating: 0, count: batch.indices.count * classCount)
        for outer in 0..<attack.outerSteps {
            let barrier = attack.initialWeight * pow(attack.decay, Float(outer))
            var active = moving
            // What the network says of the points as they are.
            let logits = forward.evaluate(for: moving)
            if outer == 0 { scales = LogitScale.corrections(logits, classCount: classCount) }
            setWeights(&weights, of: batch, logits: logits)
            for _ in 0..<attack.innerSteps where active.contains(true) {
                _ = slope.images.update(fromContentsOf: forward.images)
                weights.withUnsafeBufferPointer { slope.setLabels($0) }
                let slopes = slope.evaluate(for: active)
                let last = Array(forward.images)
                for place in active.indices where active[place] {
                    descend(place, of: batch, slopes: slopes, barrier: barrier)
                }
                let logits = bringBack(to: last, margins: margins, active: active)
                for place in active.indices where active[place] {
                    let point = UnsafeBufferPointer(forward.image(at: place))
                    nearest.offer(point, at: place)
                    let range = AttackBatch.range(of: place, size: forward.imageSize)
                    let move = last[range].withUnsafeBufferPointer { Ball(attack.norm, radius: 0).distance(point, $0) }
                    active[place] = move > attack.tolerance
                }
                setWeights(&weights, of: batch, logits: logits)
            }
        }
        _ = forward.images.update(fromContentsOf: nearest.images)
        return UnsafeBufferPointer(forward.images)
    }

    private func findStarts(of batch: AttackBatch, margins: Margins) throws -> [Bool] {
        try forward.findErringStarts(of: batch, margins: margins, trials: attack.starts) { trial, place, image in
            let clean = Array(image)
            clean.withUnsafeBufferPointer {
                GaussianNoise(key: batch.seed, sigma: 0.01 * pow(1.01, Float(trial))).add(
                    to: $0, sample: UInt32(truncatingIfNeeded: batch.trial * attack.starts + trial),
                    image: UInt32(truncatingIfNeeded: batch.indices[place]), stream: .start, output: image)
            }
            for i in image.indices { image[i] = min(max(image[i], 0), 1) }
        }
    }

    /// The derivatives of −log(max_{j≠y} p_j − p_y) by the logits, which weigh them in the slope that is taken next.
    private func setWeights(_ weights: inout [Float], of batch: AttackBatch, logits: UnsafeBufferPointer<Float>) {
        for place in batch.indices.indices {
            let row = AttackBatch.range(of: place, size: classCount)
            let highest = logits[row].max() ?? 0
            let powers = row.map { exp(scales[place] * (logits[$0] - highest)) }
            let sum = powers.reduce(0, +)
            let p = powers.map { $0 / sum }
            let label = row.firstIndex { batch.labels[$0] == 1 }.map { $0 - row.lowerBound } ?? 0
            let other = p.indices.filter { $0 != label }.max { p[$0] < p[$1] } ?? 0
            let gap = max(p[other] - p[label], .leastNormalMagnitude)
            for (k, i) in row.enumerated() {
                let change = p[other] * ((k == other ? 1 : 0) - p[k]) - p[label] * ((k == label ? 1 : 0) - p[k])
                weights[i] = -change / gap * scales[place]
            }
        }
    }

    /// A step of gradient descent on distance and barrier, limited to [0, 1].
    private func descend(_ place: Int, of batch: AttackBatch, slopes: UnsafeBufferPointer<Float>, barrier: Float) {
        let range = AttackBatch.range(of: place, size: forward.imageSize)
        guard slopes[range].allSatisfy(\.isFinite) else { return }
        let point = forward.image(at: place)
        let distances = distanceSlope(point, UnsafeBufferPointer(rebasing: batch.images[range]))
        for (i, k) in zip(range, point.indices) {
            point[k] = min(max(point[k] - attack.stepSize * (distances[k] + barrier * slopes[i]), 0), 1)
        }
    }

    /// The gradient of m: u − x in ℓ2; in ℓ∞ that of Σ softmax(T·|u − x|)·|u − x|.
    private func distanceSlope(_ point: UnsafeMutableBufferPointer<Float>, _ clean: UnsafeBufferPointer<Float>) -> [Float] {
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

    /// Undoes part of the steps across the boundary, until the network errs again; after twenty times the whole step.
    ///
    /// - Returns: The logits then.
    private func bringBack(to last: [Float], margins: Margins, active: [Bool]) -> UnsafeBufferPointer<Float> {
        var isAcross = active
        for trial in 1...20 {
            let logits = forward.evaluate(for: isAcross)
            let reached = margins(logits)
            isAcross = active.indices.map { active[$0] && !(reached[$0] > 0) }
            if !isAcross.contains(true) { return logits }
            for place in isAcross.indices where isAcross[place] {
                for i in AttackBatch.range(of: place, size: forward.imageSize) {
                    let undone = forward.images[i] + attack.backtracking * (last[i] - forward.images[i])
                    forward.images[i] = trial < 20 ? undone : last[i]
                }
            }
        }
        return forward.evaluate(for: isAcross)
    }
}
