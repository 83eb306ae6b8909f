import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// DDN (Rony et al. 2019, algorithm 1): a short ℓ2 perturbation with which the image is misclassified. The gradient turns the
/// perturbation, while its length depends on success alone: it is multiplied by 1 − γ after each image that is misclassified,
/// and by 1 + γ after each that is not.
///
/// It proposes the shortest of the successful perturbations it tried, or the image itself if there was none. With noisy
/// copies it attacks the smoothed classifier: the loss is that of the copies' mean probability. SmoothAdv (Salman et al.
/// 2019) uses this form; it starts at the length ε and shortens the result to ε.
public struct DecoupledDirectionAndNorm: EuclideanAttack, ClassifierAttack, Hashable {
    /// `ddn`.
    public static let name = "ddn"
    /// Its line in the list of attacks.
    public static let summary = "a short perturbation whose length follows success alone (Rony 2019)"

    /// Gradients computed, one per image tried: the first is the clean image.
    public var steps = 100
    /// The length of the first perturbation.
    public var initialNorm: Float = 1
    /// γ: by how much the length changes.
    public var gamma: Float = 0.05
    /// Grey levels to which the images tried are rounded; nil for none.
    public var levels: Int? = 256
    /// Longer perturbations are shortened to this at the end, which may undo their effect and the rounding to grey levels.
    public var maximumNorm: Float?

    /// With the usual values: 100 steps, γ = 0.05, 256 grey levels.
    public init() {}

    /// `steps`, `initial-norm`, `gamma` and `levels`.
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

    /// Adds the radius of an attack that a program made, which is not one of the settings.
    public var parameters: [String: String] {
        var parameters = record
        parameters["epsilon"] = maximumNorm.map { "\($0)" }
        return parameters
    }

    /// The rate of step k of K: from 1 down to 0.01 along half a cosine.
    func rate(_ step: Int) -> Float {
        0.01 + 0.99 * (1 + cos(.pi * Float(step) / Float(steps))) / 2
    }

    /// Refuses settings out of range, and a negative radius.
    ///
    /// - Throws: `AttackError` that says which one.
    public func check(on network: Network, copies: Int) throws(AttackError) {
        try checkSettings(copies: copies)
        guard maximumNorm ?? 0 >= 0 else {
            throw AttackError("ddn's radius is \(maximumNorm ?? 0): it must not be negative")
        }
    }

    /// The gradient of the log odds, which has the direction of cross entropy's; with noisy copies, that of the cross
    /// entropy of their mean probability.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Loss.crossEntropy.ascended(over: copies)) }

    /// Algorithm 1 for each image.
    ///
    /// - Throws: What the judge of the images tried throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        var shortest = NearestAdversarial(to: batch.images, norm: .l2)
        let direction = Images(count: 1, shape: points.shape)[0]
        var norms = [Float](repeating: initialNorm, count: points.count)
        // No image is farther away than the opposite corner of the unit cube.
        let reaches = batch.images.map(Norm.l2.reach)
        for step in 0..<steps {
            let gradients = classifier.gradients()
            let isMisclassified = try classifier.misclassified()
            shortest.offer(points, where: isMisclassified)
            for place in points.indices {
                norms[place] = min(norms[place] * (isMisclassified[place] ? 1 - gamma : 1 + gamma), reaches[place])
                if !direction.becomeUnitVector(along: gradients[place]) {
                    // If there is no gradient, as at a probability too near 1, the direction is random.
                    batch.drawNormal(direction, for: place, number: batch.trial * steps + step)
                    let length = Float(direction.squareSum.squareRoot())
                    direction.fill { direction[$0] / length }
                }
                advance(points[place], around: batch.images[place], along: direction, rate: rate(step), norm: norms[place])
            }
        }
        points.set(shortest.images)
        if let maximumNorm {
            for place in points.indices { Ball(.l2, radius: maximumNorm).project(points[place], around: batch.images[place]) }
        }
    }

    /// x + norm·δ/‖δ‖ with δ moved by `rate` along the direction, rounded to grey levels and limited to [0, 1].
    private func advance(_ point: Row, around center: Row, along direction: Row, rate: Float, norm: Float) {
        point.fill { point[$0] + rate * direction[$0] }
        let length = Norm.l2.distance(point, center)
        let scale = length > 0 ? norm / length : 0
        let top = levels.map { Float($0 - 1) }
        point.fill { k in
            let value = center[k] + (point[k] - center[k]) * scale
            return min(max(top.map { (value * $0).rounded() / $0 } ?? value, 0), 1)
        }
    }
}

extension Row {
    /// Takes the direction of a vector. Returns whether it has one.
    fileprivate func becomeUnitVector(along vector: Row) -> Bool {
        let square = vector.squareSum
        guard square > 0, square.isFinite else { return false }
        fill { Float(Double(vector[$0]) / square.squareRoot()) }
        return true
    }
}
