import Foundation
import Networks
import Tensors

/// The attack by box-constrained L-BFGS (Szegedy et al. 2014, §4.1; Tabacof and Valle 2016):
///
///     minimise ‖r‖₂² + c·CE(f(x + r), t)   with x + r in [0, 1]
///
/// with the smallest c for which the network errs, by binary search for each image. The target t is the class that the
/// network finds the most likely after the label. Nothing is random. Logits of an unusual scale are brought to a usual one
/// (`LogitScale`), as c weighs their loss against the distance.
public struct BoxConstrainedBFGS: EuclideanAttack, Hashable {
    public static let name = "l-bfgs"
    public static let summary = "L-BFGS on distance plus weighted loss, the weight by binary search (Szegedy 2014)"

    /// Values of c tried.
    public var searches = 12
    /// Evaluations for each, at most.
    public var steps = 150
    /// The first c.
    public var initialWeight: Float = 0.01

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .integer("searches", \.searches, in: 1...100, "values of the weight tried"),
            .integer("steps", \.steps, in: 1...1_000_000, "gradients for each, at most"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e9, "first weight of the loss"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try BoxConstrainedBFGSExecutor(self, on: network, batchSize: batchSize)
    }
}

/// The attack by L-BFGS compiled for a network and a batch.
final class BoxConstrainedBFGSExecutor: AttackExecutor {
    private let attack: BoxConstrainedBFGS
    private let slope: LossSlope
    private let classCount: Int

    init(_ attack: BoxConstrainedBFGS, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(of: .crossEntropy, on: network, batchSize: batchSize, withLogits: true)
    }

    var queries: [Int] { slope.queries }

    var hasVanished: [Bool] { slope.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        let margins = Margins(of: batch, classCount: classCount)
        var nearest = try slope.begin(batch, parameters: parameters, norm: .l2, margins: margins)
        let points = slope.images
        let isWrongAnyway = nearest.isWrongAnyway
        let targets = targets(of: batch)
        let scales = LogitScale.corrections(slope.logits, classCount: classCount)
        slope.fixScales(scales)
        setLabels(to: targets)
        var weights = batch.indices.map { _ in WeightSearch(initial: Double(attack.initialWeight)) }
        for _ in 0..<attack.searches {
            var searches = batch.indices.indices.map { place in
                // Smaller gains than this vanish in the rounding of the logits.
                LimitedMemoryBFGS(start: clean(place, of: batch), bounds: 0...1, tolerance: 1e-6)
            }
            var found = [Bool](repeating: false, count: weights.count)
            for _ in 0..<attack.steps {
                let isMoving = searches.indices.map { !searches[$0].isDone && !isWrongAnyway[$0] }
                let moving = isMoving.indices.filter { isMoving[$0] }
                if moving.isEmpty { break }
                for place in moving {
                    for (i, x) in zip(range(place), searches[place].point) { points[i] = Float(x) }
                }
                let slopes = slope.evaluate(for: isMoving)
                let errs = try slope.errs(batch, margins: margins, for: isMoving)
                for place in moving {
                    if errs[place] {
                        found[place] = true
                        nearest.offer(UnsafeBufferPointer(rebasing: points[range(place)]), at: place)
                    }
                    let change = zip(searches[place].point, clean(place, of: batch)).map(-)
                    let weight = weights[place].weight
                    searches[place].take(
                        value: change.reduce(0) { $0 + $1 * $1 } + weight * loss(at: place, target: targets[place], scale: scales[place]),
                        gradient: zip(change, slopes[range(place)]).map { 2 * $0 + weight * Double($1) })
                }
            }
            for place in found.indices { weights[place].narrow(hasSucceeded: found[place]) }
        }
        _ = points.update(fromContentsOf: nearest.images)
        return UnsafeBufferPointer(points)
    }

    /// For each image the most likely class that is not its label.
    private func targets(of batch: AttackBatch) -> [Int] {
        batch.indices.indices.map { place in
            let row = AttackBatch.range(of: place, size: classCount)
            let others = row.filter { batch.labels[$0] != 1 }
            return (others.max { slope.logits[$0] < slope.logits[$1] } ?? row.lowerBound) - row.lowerBound
        }
    }

    private func setLabels(to targets: [Int]) {
        var rows = [Float](repeating: 0, count: targets.count * classCount)
        for (place, target) in targets.enumerated() { rows[place * classCount + target] = 1 }
        rows.withUnsafeBufferPointer { slope.setLabels($0) }
    }

    /// −log softmax at the target.
    private func loss(at place: Int, target: Int, scale: Float) -> Double {
        let logits = slope.logits[AttackBatch.range(of: place, size: classCount)].map { Double($0 * scale) }
        let highest = logits.max() ?? 0
        return highest - logits[target] + log(logits.reduce(0) { $0 + exp($1 - highest) })
    }

    private func clean(_ place: Int, of batch: AttackBatch) -> [Double] { batch.images[range(place)].map(Double.init) }

    private func range(_ place: Int) -> Range<Int> { AttackBatch.range(of: place, size: slope.imageSize) }
}
