import CKernels
import Foundation
import Networks
import Tensors

/// DDN (Rony et al. 2019, algorithm 1): a short ℓ2 perturbation that fools the network. The gradient turns the perturbation,
/// while its length follows from success alone: a factor 1 − γ shorter after each image that fools, 1 + γ longer after each
/// that does not.
///
/// It proposes the shortest of the perturbations it tried that fool, and the image itself where none did. With noisy copies
/// it attacks the smoothed classifier: the loss is that of the copies' mean probability, and an image fools when most copies
/// get another class. SmoothAdv (Salman et al. 2019) uses this form, from the length ε on and shortened to ε in the end.
public struct DecoupledDirectionAndNorm: EuclideanAttack, Hashable {
    public static let name = "ddn"
    public static let summary = "a short perturbation whose length follows success alone (Rony 2019)"

    /// Gradients computed, one per image tried: the first is the clean image.
    public var steps = 100
    /// The length of the first perturbation.
    public var initialNorm: Float = 1
    /// γ: by how much the length changes.
    public var gamma: Float = 0.05
    /// Grey levels to which the images tried are rounded; nil for none.
    public var levels: Int? = 256
    /// Longer perturbations are shortened to this in the end, which may cost them their effect and the grey levels.
    public var maximumNorm: Float?

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...100_000, "gradients computed"),
            .number("initial-norm", \.initialNorm, in: 0...1000, "length of the first perturbation"),
            .number("gamma", \.gamma, in: 0...0.999, "part by which the length changes"),
            .value(
                "levels", \.levels, "0, or a whole number between 2 and 65536", "grey levels of the images; 0 for any",
                text: { "\($0 ?? 0)" }
            ) { text in
                Int(text).flatMap { $0 == 0 ? .some(nil) : 2...65_536 ~= $0 ? .some($0) : nil }
            },
        ]
    }

    /// With the radius of a program's attack, which is none of the settings.
    public var parameters: [String: String] {
        var parameters = record
        parameters["epsilon"] = maximumNorm.map { "\($0)" }
        return parameters
    }

    /// The rate of step k of K: from 1 down to 0.01 along half a cosine.
    func rate(_ step: Int) -> Float {
        0.01 + 0.99 * (1 + cos(.pi * Float(step) / Float(steps))) / 2
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        guard maximumNorm ?? 0 >= 0 else {
            throw AttackError("ddn's radius is \(maximumNorm ?? 0): it must not be negative")
        }
        return try DecoupledDirectionAndNormExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// DDN compiled for a network and a batch.
final class DecoupledDirectionAndNormExecutor: AttackExecutor {
    private let attack: DecoupledDirectionAndNorm
    private let slope: LossSlope
    private let classCount: Int
    private var best: [Float]
    private var direction: [Float]
    private var classes: [Int32]

    init(_ attack: DecoupledDirectionAndNorm, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(
            of: AdversarialLoss.crossEntropy.ascended(over: copies), on: network, batchSize: batchSize, copies: copies,
            withLogits: true)
        best = Array(repeating: 0, count: batchSize * slope.imageSize)
        direction = Array(repeating: 0, count: slope.imageSize)
        classes = Array(repeating: 0, count: batchSize * max(1, copies))
    }

    var queries: [Int] { slope.queries }

    var hasVanished: [Bool] { slope.hasVanished }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        for i in best.indices { best[i] = batch.images[i] }
        let margins = Margins(of: batch, classCount: classCount)
        var shortest = [Float](repeating: .infinity, count: batch.indices.count)
        var norms = [Float](repeating: attack.initialNorm, count: batch.indices.count)
        for step in 0..<attack.steps {
            let slopes = slope.evaluate()
            let fools = try fools(batch, margins: margins)
            for place in batch.indices.indices {
                let range = AttackBatch.range(of: place, size: slope.imageSize)
                let point = UnsafeMutableBufferPointer(rebasing: points[range])
                let center = UnsafeBufferPointer(rebasing: batch.images[range])
                let isFooled = fools[place]
                let length = Ball(.l2, radius: 0).distance(UnsafeBufferPointer(point), center)
                if isFooled, length < shortest[place] {
                    shortest[place] = length
                    best.replaceSubrange(range, with: point)
                }
                // No image is farther away than the opposite corner of the unit cube.
                norms[place] = min(norms[place] * (isFooled ? 1 - attack.gamma : 1 + attack.gamma), Self.reach(of: center))
                setDirection(to: UnsafeBufferPointer(rebasing: slopes[range]), step: step, image: place, of: batch)
                advance(point, around: center, rate: attack.rate(step), norm: norms[place])
            }
        }
        // The memory of the points outlives this call; that of the array need not.
        _ = points.update(fromContentsOf: best)
        if let radius = attack.maximumNorm {
            for place in batch.indices.indices {
                let range = AttackBatch.range(of: place, size: slope.imageSize)
                Ball(.l2, radius: radius).project(
                    UnsafeMutableBufferPointer(rebasing: points[range]),
                    around: UnsafeBufferPointer(rebasing: batch.images[range]))
            }
        }
        return UnsafeBufferPointer(points)
    }

    /// Which images fool the network, or that of the judge who decides.
    private func fools(_ batch: AttackBatch, margins: Margins) throws -> [Bool] {
        guard batch.decision.isSource else { return try slope.errs(batch, margins: margins) }
        surety_classify(slope.logits.baseAddress, classes.count, classCount, &classes)
        return batch.indices.indices.map { isFooled(at: $0, of: batch) }
    }

    /// Whether the class most copies get is not the label; of classes with as many votes, the first counts.
    private func isFooled(at place: Int, of batch: AttackBatch) -> Bool {
        let size = batch.indices.count
        var votes = [Int](repeating: 0, count: classCount)
        for copy in stride(from: place, to: classes.count, by: size) where classes[copy] >= 0 {
            votes[Int(classes[copy])] += 1
        }
        let leading = votes.indices.max { votes[$0] < votes[$1] || votes[$0] == votes[$1] && $0 > $1 } ?? 0
        return batch.labels[place * classCount + leading] != 1
    }

    /// The gradient's direction; where there is none, as at a probability too near 1, a random one.
    private func setDirection(to slope: UnsafeBufferPointer<Float>, step: Int, image place: Int, of batch: AttackBatch) {
        let square = surety_square_sum(slope.baseAddress, slope.count)
        if square > 0, square.isFinite {
            for i in slope.indices { direction[i] = Float(Double(slope[i]) / square.squareRoot()) }
            return
        }
        let zero = [Float](repeating: 0, count: slope.count)
        zero.withUnsafeBufferPointer { zero in
            direction.withUnsafeMutableBufferPointer { direction in
                GaussianNoise(key: batch.seed, sigma: 1).add(
                    to: zero, sample: UInt32(truncatingIfNeeded: batch.trial * attack.steps + step),
                    image: UInt32(truncatingIfNeeded: batch.indices[place]), stream: .attack, output: direction)
            }
        }
        let length = Float(surety_square_sum(direction, direction.count).squareRoot())
        for i in direction.indices { direction[i] /= length }
    }

    /// x + norm·δ/‖δ‖ with δ moved by `rate` along the direction, rounded to grey levels and limited to [0, 1].
    private func advance(
        _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, rate: Float, norm: Float
    ) {
        for i in point.indices { point[i] += rate * direction[i] }
        let length = Ball(.l2, radius: 0).distance(UnsafeBufferPointer(point), center)
        let scale = length > 0 ? norm / length : 0
        for i in point.indices {
            var value = center[i] + (point[i] - center[i]) * scale
            if let levels = attack.levels {
                let top = Float(levels - 1)
                value = (value * top).rounded() / top
            }
            point[i] = min(max(value, 0), 1)
        }
    }

    /// The distance from an image to the farthest one in [0, 1].
    private static func reach(of center: UnsafeBufferPointer<Float>) -> Float {
        center.reduce(0) { $0 + max($1, 1 - $1) * max($1, 1 - $1) }.squareRoot()
    }
}
