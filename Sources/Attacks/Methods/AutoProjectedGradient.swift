import Foundation
import Networks
import Tensors

/// What an auto-PGD ascends.
public protocol AscentObjective: Sendable {
    static var attackName: String { get }
    static var summary: String { get }
    static var loss: AdversarialLoss { get }

    /// The loss of one image's logits.
    static func value(logits: [Float], label: Int) -> Double
}

/// Cross entropy: APGD-CE.
public enum CrossEntropyAscent: AscentObjective {
    public static let attackName = "apgd-ce"
    public static let summary = "steps on cross entropy whose size follows from progress (Croce 2020)"
    public static let loss = AdversarialLoss.logOdds

    /// In double precision: in single it is 0 wherever the label's logit is 17 above the others, and no step raises it.
    public static func value(logits: [Float], label: Int) -> Double {
        let above = logits.map { Double($0) - Double(logits[label]) }
        let highest = above.max() ?? 0
        // log Σ exp, of which the label's own term is 1 and the largest where the network is right.
        return highest > 0
            ? highest + log(above.reduce(0) { $0 + exp($1 - highest) })
            : log1p(above.enumerated().reduce(0) { $1.offset == label ? $0 : $0 + exp($1.element) })
    }
}

/// The difference of logits ratio, which does not change with the logits' scale: APGD-DLR. For three classes or more.
public enum LogitsRatioAscent: AscentObjective {
    public static let attackName = "apgd-dlr"
    public static let summary = "the same on the difference of logits ratio, which no scale of the logits masks (Croce 2020)"
    public static let loss = AdversarialLoss.differenceOfLogitsRatio

    public static func value(logits: [Float], label: Int) -> Double {
        let sorted = logits.sorted(by: >)
        let other = logits[label] == sorted[0] ? sorted[1] : sorted[0]
        return Double((other - logits[label]) / (sorted[0] - sorted[2] + 1e-12))
    }
}

/// Auto-PGD (Croce and Hein 2020, algorithm 1): projected gradient ascent with momentum whose step is halved where the loss
/// oscillates or no longer rises, each time going back to the best image so far.
///
/// It proposes the nearest image tried that the network misclassifies and, where there is none, or another network's judge
/// decides, the one with the highest loss. An image that is misclassified already stays as it is.
public struct AutoProjectedGradient<Objective: AscentObjective>: RepeatableAttack, Hashable {
    public static var name: String { Objective.attackName }
    public static var summary: String { Objective.summary }

    public var ball: Ball
    public var steps = 100
    /// ρ: the part of the steps that must raise the loss for the step size to stay.
    public var rho: Float = 0.75

    public init(ball: Ball) { self.ball = ball }

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "steps of each ascent"),
            .number("rho", \.rho, in: 0...1, "part of the steps that must raise the loss"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try AutoProjectedGradientExecutor(self, on: network, batchSize: batchSize)
    }

    /// The steps after which the step size is looked at: w_j = ⌈p_j·steps⌉ with p₀ = 0, p₁ = 0.22 and
    /// p_{j+1} = p_j + max(p_j − p_{j−1} − 0.03, 0.06), here in hundredths, where there is no rounding.
    package var checkpoints: [Int] {
        var (last, next) = (0, 22)
        var checkpoints: [Int] = []
        while next <= 100 {
            checkpoints.append((next * steps + 99) / 100)
            (last, next) = (next, next + max(next - last - 3, 6))
        }
        return checkpoints
    }
}

/// Auto-PGD compiled for a network and a batch.
final class AutoProjectedGradientExecutor<Objective: AscentObjective>: AttackExecutor {
    private let attack: AutoProjectedGradient<Objective>
    private let slope: LossSlope
    private let classCount: Int

    init(_ attack: AutoProjectedGradient<Objective>, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(of: Objective.loss, on: network, batchSize: batchSize, withLogits: true)
    }

    var queries: [Int] { slope.queries }

    /// Where the label still leads: beyond, the ratio may be 1 whatever the logits, and there is nothing to hide.
    private(set) var hasVanished: [Bool] = []

    /// An image's ascent: x⁽ᵏ⁾ lies in the batch.
    private struct Ascent {
        var previous: [Float]
        var slope: [Float] = []
        var best: [Float]
        var bestSlope: [Float] = []
        var bestLoss = -Double.infinity
        var loss = -Double.infinity
        /// By what the logits are multiplied for the loss.
        let scale: Float
        var stepSize: Float
        /// Since the last checkpoint.
        var rises = 0
        var steps = 0
        var lossAtCheckpoint = -Double.infinity
        var wasHalved = true

        /// Takes the loss and the slope at `point`.
        mutating func take(_ loss: Double, slope: ArraySlice<Float>, at point: Slice<UnsafeMutableBufferPointer<Float>>) {
            if loss > self.loss { rises += 1 }
            steps += 1
            self.loss = loss
            self.slope = Array(slope)
            guard loss > bestLoss else { return }
            (bestLoss, best, bestSlope) = (loss, Array(point), Array(slope))
        }
    }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        let margins = Margins(of: batch, classCount: classCount)
        var nearest = try slope.begin(batch, parameters: parameters, norm: attack.ball.norm, margins: margins)
        let points = slope.images
        hasVanished = slope.hasVanished
        let scales = LogitScale.corrections(slope.logits, classCount: classCount)
        let moving = batch.indices.indices.filter { !nearest.isWrongAnyway[$0] }
        for place in moving { begin(at: place, of: batch) }
        var ascents = moving.map { place in
            let start = Array(points[range(place)])
            return Ascent(previous: start, best: start, scale: scales[place], stepSize: 2 * attack.ball.radius)
        }
        let checkpoints = Set(attack.checkpoints)
        for step in 0...attack.steps where !moving.isEmpty {
            let slopes = Array(slope.evaluate(for: nearest.isWrongAnyway.map { !$0 }))
            let values = margins(slope.logits)
            for place in moving where values[place] <= 0 { hasVanished[place] = slope.hasVanished[place] }
            if batch.decision.isSource { nearest.offer(points, errs: values.map { $0 > 0 }) }
            for (index, place) in moving.enumerated() {
                ascents[index].take(
                    loss(at: place, of: batch, scale: ascents[index].scale), slope: slopes[range(place)], at: points[range(place)])
                if step == 0 {
                    ascents[index].lossAtCheckpoint = ascents[index].bestLoss
                    (ascents[index].rises, ascents[index].steps) = (0, 0)
                }
                if checkpoints.contains(step) { check(&ascents[index], at: place) }
                if step < attack.steps { advance(&ascents[index], at: place, of: batch, isFirst: step == 0) }
            }
        }
        _ = points.update(fromContentsOf: nearest.images)
        for (index, place) in moving.enumerated() where nearest.distances[place] == .infinity {
            _ = UnsafeMutableBufferPointer(rebasing: points[range(place)]).update(fromContentsOf: ascents[index].best)
        }
        return UnsafeBufferPointer(points)
    }

    /// At a random place on the edge of the ball, keyed by image and trial.
    private func begin(at place: Int, of batch: AttackBatch) {
        let point = UnsafeMutableBufferPointer(rebasing: slope.images[range(place)])
        let center = UnsafeBufferPointer(rebasing: batch.images[range(place)])
        let (image, trial) = (
            UInt32(truncatingIfNeeded: batch.indices[place]), UInt32(truncatingIfNeeded: batch.trial)
        )
        var direction = [Float](repeating: 0, count: point.count)
        let largest: Float
        switch attack.ball.norm {
        case .linf:
            direction = Philox(key: batch.seed).uniform(
                count: point.count, within: 1, trial, image, RandomStream.start.rawValue)
            largest = direction.reduce(0) { max($0, abs($1)) }
        case .l2:
            let zero = direction
            zero.withUnsafeBufferPointer { zero in
                direction.withUnsafeMutableBufferPointer { direction in
                    GaussianNoise(key: batch.seed, sigma: 1)
                        .add(to: zero, sample: trial, image: image, stream: .start, output: direction)
                }
            }
            largest = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        for i in point.indices { point[i] += attack.ball.radius * direction[i] / largest }
        attack.ball.project(point, around: center)
    }

    /// Halves the step and goes back to the best image if too few steps raised the loss, or neither the step nor the highest
    /// loss has changed since the last checkpoint: conditions 1 and 2.
    private func check(_ ascent: inout Ascent, at place: Int) {
        let isOscillating = Float(ascent.rises) < attack.rho * Float(ascent.steps)
        let isStuck = !ascent.wasHalved && ascent.bestLoss <= ascent.lossAtCheckpoint
        ascent.wasHalved = isOscillating || isStuck
        ascent.lossAtCheckpoint = ascent.bestLoss
        (ascent.rises, ascent.steps) = (0, 0)
        guard ascent.wasHalved, !ascent.bestSlope.isEmpty else { return }
        ascent.stepSize /= 2
        ascent.slope = ascent.bestSlope
        _ = UnsafeMutableBufferPointer(rebasing: slope.images[range(place)]).update(fromContentsOf: ascent.best)
    }

    /// z = P(x + η·∇), x⁽ᵏ⁺¹⁾ = P(x⁽ᵏ⁾ + α(z − x⁽ᵏ⁾) + (1 − α)(x⁽ᵏ⁾ − x⁽ᵏ⁻¹⁾)) with α = 0.75, and 1 in the first step.
    private func advance(_ ascent: inout Ascent, at place: Int, of batch: AttackBatch, isFirst: Bool) {
        let point = UnsafeMutableBufferPointer(rebasing: slope.images[range(place)])
        let center = UnsafeBufferPointer(rebasing: batch.images[range(place)])
        let current = Array(point)
        ascent.slope.withUnsafeBufferPointer { slope in
            attack.ball.ascend(point, along: slope, step: ascent.stepSize, around: center)
        }
        if !isFirst {
            for i in point.indices {
                point[i] = current[i] + 0.75 * (point[i] - current[i]) + 0.25 * (current[i] - ascent.previous[i])
            }
            attack.ball.project(point, around: center)
        }
        ascent.previous = current
    }

    private func loss(at place: Int, of batch: AttackBatch, scale: Float) -> Double {
        guard let label = batch.label(at: place) else { return -.infinity }
        let logits = slope.logits[AttackBatch.range(of: place, size: classCount)]
        return Objective.value(logits: logits.map { $0 * scale }, label: label)
    }

    private func range(_ place: Int) -> Range<Int> { AttackBatch.range(of: place, size: slope.imageSize) }
}
