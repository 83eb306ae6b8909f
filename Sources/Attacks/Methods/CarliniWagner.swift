import CKernels
import Foundation
import Networks
import Tensors

/// The ℓ2 attack of Carlini and Wagner (2017): Adam on w in x′ = ½(tanh w + 1), which keeps pixels in [0, 1],
///
///     minimise ‖x′ − x‖₂² + c·max(z_y − max_{j≠y} z_j, −κ)
///
/// with the smallest c for which the network errs, by binary search for each image. Slow, and among the strongest. Nothing
/// is random; a search ends early where a tenth of its steps brought no progress.
///
/// Logits of an unusual scale are brought to a usual one (`LogitScale`), as c and κ are in their units. Where another network's
/// judge decides, the margin counts until that network errs.
public struct CarliniWagner: EuclideanAttack, Hashable {
    public static let name = "carlini-wagner"
    public static let summary = "Adam on distance plus weighted margin, the weight by binary search (Carlini 2017)"

    /// Values of c tried.
    public var searches = 9
    /// Steps of Adam for each.
    public var steps = 10_000
    public var rate: Float = 0.01
    /// The first c.
    public var initialWeight: Float = 1e-3
    /// κ: the margin by which the network is to err.
    public var confidence: Float = 0

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .integer("searches", \.searches, in: 1...100, "values of the weight tried"),
            .integer("steps", \.steps, in: 1...1_000_000, "steps for each, at most"),
            .number("rate", \.rate, in: 1e-6...10, "learning rate of Adam"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e9, "first weight of the margin"),
            .number("confidence", \.confidence, in: 0...1e6, "margin by which the network is to err"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try CarliniWagnerExecutor(self, on: network, batchSize: batchSize)
    }
}

/// The attack of Carlini and Wagner compiled for a network and a batch.
final class CarliniWagnerExecutor: AttackExecutor {
    private let attack: CarliniWagner
    private let slope: LossSlope
    private let classCount: Int

    init(_ attack: CarliniWagner, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(of: .margin, on: network, batchSize: batchSize, withLogits: true)
    }

    var queries: [Int] { slope.queries }

    var hasVanished: [Bool] { slope.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        let margins = Margins(of: batch, classCount: classCount)
        var nearest = try slope.begin(batch, parameters: parameters, norm: .l2, margins: margins)
        let isWrongAnyway = nearest.isWrongAnyway
        let scales = LogitScale.corrections(slope.logits, classCount: classCount)
        var weights = batch.indices.map { _ in WeightSearch(initial: Double(attack.initialWeight)) }
        for _ in 0..<attack.searches {
            let found = try descend(
                batch, weights: weights.map { Float($0.weight) }, scales: scales, skipping: isWrongAnyway, margins: margins,
                into: &nearest)
            for place in found.indices { weights[place].narrow(hasSucceeded: found[place]) }
        }
        _ = slope.images.update(fromContentsOf: nearest.images)
        return UnsafeBufferPointer(slope.images)
    }

    /// Adam with these weights; which images it found a perturbation for.
    private func descend(
        _ batch: AttackBatch, weights: [Float], scales: [Float], skipping isDone: [Bool], margins: Margins,
        into nearest: inout NearestErring
    ) throws -> [Bool] {
        let points = slope.images
        // A little inside [−1, 1], where the inverse of tanh is finite.
        var variables = batch.images.map { atanh((2 * $0 - 1) * 0.999999) }
        var mean = [Float](repeating: 0, count: points.count)
        var (square, descent) = (mean, mean)
        var found = [Bool](repeating: false, count: weights.count)
        var moving = isDone.map { !$0 }
        var lastLoss = [Float](repeating: .infinity, count: weights.count)
        for step in 0..<attack.steps where moving.contains(true) {
            for i in points.indices { points[i] = (tanh(variables[i]) + 1) / 2 }
            let slopes = slope.evaluate(for: moving)
            let reached = zip(margins(slope.logits), scales).map(*)
            let succeeds = try succeeds(batch, margins: margins, reached: reached, moving: moving)
            for place in weights.indices where moving[place] {
                let range = AttackBatch.range(of: place, size: slope.imageSize)
                let point = UnsafeBufferPointer(rebasing: points[range])
                let distance = Ball(.l2, radius: 0).distance(point, UnsafeBufferPointer(rebasing: batch.images[range]))
                let penalty = succeeds[place] ? 0 : attack.confidence - reached[place]
                let loss = distance * distance + weights[place] * penalty
                if step % max(1, attack.steps / 10) == 0 {
                    // The margin of a network that is not the one attacked may make it negative.
                    moving[place] = loss <= (lastLoss[place] > 0 ? 0.9999 : 1.0001) * lastLoss[place]
                    lastLoss[place] = loss
                }
                guard moving[place], loss.isFinite else {
                    moving[place] = false
                    continue
                }
                if succeeds[place] {
                    found[place] = true
                    nearest.offer(point, at: place)
                }
                let weight = succeeds[place] ? 0 : weights[place] * scales[place]
                for i in range {
                    let change = 2 * (points[i] - batch.images[i]) - (weight > 0 ? weight * slopes[i] : 0)
                    descent[i] = change * 2 * points[i] * (1 - points[i])
                }
            }
            surety_adam(&variables, &mean, &square, descent, settings(step: step + 1), variables.count)
        }
        return found
    }

    /// Whether the network attacked errs, by κ as far as one is asked for.
    private func succeeds(
        _ batch: AttackBatch, margins: Margins, reached: [Float], moving: [Bool]
    ) throws -> [Bool] {
        if batch.decision.isSource { return reached.map { $0 > attack.confidence } }
        return zip(try slope.errs(batch, margins: margins, for: moving), reached).map { errs, reached in
            errs && (attack.confidence == 0 || reached > attack.confidence)
        }
    }

    private func settings(step: Int) -> surety_adam_settings {
        surety_adam_settings(
            rate: attack.rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0,
            mean_correction: 1 / (1 - pow(0.9, Float(step))), square_correction: 1 / (1 - pow(0.999, Float(step))))
    }
}
