import CSuretyKernels
import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The ℓ2 attack of Carlini and Wagner (2017): Adam on w in x′ = ½(tanh w + 1), which keeps pixels in [0, 1],
///
///     minimise ‖x′ − x‖₂² + c·max(z_y − max_{j≠y} z_j, −κ)
///
/// with the smallest c for which the image is misclassified, by binary search for each image. Slow, and among the strongest.
/// Nothing is random; a search ends early if a tenth of its steps brought no progress.
///
/// Logits of an unusual scale are brought to a usual one (`LogitScale`), because c and κ are in their units. If another
/// network's judge decides, the margin counts until the judge finds the image misclassified.
public struct CarliniWagner: EuclideanAttack, ClassifierAttack, Hashable {
    /// `carlini-wagner`.
    public static let name = "carlini-wagner"
    /// Its line in the list of attacks.
    public static let summary = "Adam on distance plus weighted margin, the weight by binary search (Carlini 2017)"

    /// False: it knows only the network itself.
    public static let attacksSmoothed = false

    /// Values of c tried.
    public var searches = 9
    /// Steps of Adam for each.
    public var steps = 10_000
    /// The learning rate of Adam: about how far it moves w in a step.
    public var rate: Float = 0.01
    /// The first c.
    public var initialWeight: Float = 1e-3
    /// κ: the margin by which the image must be misclassified.
    public var confidence: Float = 0

    /// With the usual values: 9 weights, up to 10 000 steps for each, κ = 0.
    public init() {}

    /// `searches`, `steps`, `rate`, `initial-weight` and `confidence`.
    public static var settings: [Setting<Self>] {
        [
            .integer("searches", \.searches, in: 1...100, "values of the weight tried"),
            .integer("steps", \.steps, in: 1...1_000_000, "steps for each, at most"),
            .number("rate", \.rate, in: 1e-6...10, "learning rate of Adam"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e9, "first weight of the margin"),
            .number("confidence", \.confidence, in: 0...1e6, "margin by which the image must be misclassified"),
        ]
    }

    /// The gradient of the margin max_{j≠y} z_j − z_y, which is positive where the image is misclassified.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: .margin) }

    /// A search over c for each image, with one descent by Adam for each c.
    ///
    /// - Throws: What the judge of the images tried throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        var nearest = try classifier.begin(from: batch, norm: .l2)
        let isWrongAnyway = nearest.isWrongAnyway
        let scales = classifier.scaleCorrections
        var weights = batch.indices.map { _ in WeightSearch(initial: Double(initialWeight)) }
        for _ in 0..<searches {
            let found = try descend(
                batch, on: classifier, weights: weights.map { Float($0.weight) }, scales: scales, skipping: isWrongAnyway,
                into: &nearest)
            for place in found.indices { weights[place].narrow(hasSucceeded: found[place]) }
        }
        classifier.points.set(nearest.images)
    }

    /// Runs Adam with these weights. Returns for which images it found a perturbation.
    private func descend(
        _ batch: AttackBatch, on classifier: AttackedClassifier, weights: [Float], scales: [Float], skipping isDone: [Bool],
        into nearest: inout NearestAdversarial
    ) throws -> [Bool] {
        let points = classifier.points
        // A little inside [−1, 1], where the inverse of tanh is finite.
        var variables = batch.images.elements.map { atanh((2 * $0 - 1) * 0.999999) }
        let descent = Images(count: points.count, shape: points.shape)
        var mean = [Float](repeating: 0, count: variables.count)
        var square = mean
        var found = [Bool](repeating: false, count: weights.count)
        var moving = isDone.map { !$0 }
        var lastLoss = [Float](repeating: .infinity, count: weights.count)
        for step in 0..<steps where moving.contains(true) {
            points.elements.fill { (tanh(variables[$0]) + 1) / 2 }
            let gradients = classifier.gradients(for: moving)
            let reached = zip(classifier.margins(), scales).map(*)
            let succeeds = zip(try classifier.misclassified(for: moving), reached).map { isMisclassified, reached in
                isMisclassified && (confidence == 0 || reached > confidence)
            }
            for place in weights.indices where moving[place] {
                let (point, clean, gradient) = (points[place], batch.images[place], gradients[place])
                let distance = Norm.l2.distance(point, clean)
                let penalty = succeeds[place] ? 0 : confidence - reached[place]
                let loss = distance * distance + weights[place] * penalty
                if step % max(1, steps / 10) == 0 {
                    // The margin can make it negative if it is that of another network than the one attacked.
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
                descent[place].fill { i in
                    let change = 2 * (point[i] - clean[i]) - (weight > 0 ? weight * gradient[i] : 0)
                    return change * 2 * point[i] * (1 - point[i])
                }
            }
            surety_adam(&variables, &mean, &square, descent.elements.pointer, settings(step: step + 1), variables.count)
        }
        return found
    }

    private func settings(step: Int) -> surety_adam_settings {
        surety_adam_settings(
            rate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0,
            mean_correction: 1 / (1 - pow(0.9, Float(step))), square_correction: 1 / (1 - pow(0.999, Float(step))))
    }
}
