import SuretyNetworks
import SuretyTensors

/// The attack by box-constrained L-BFGS (Szegedy et al. 2014, §4.1; Tabacof and Valle 2016):
///
///     minimise ‖r‖₂² + c·CE(f(x + r), t)   with x + r in [0, 1]
///
/// with the smallest c for which the image is misclassified, by binary search for each image. The target t is the class that the
/// network finds the most likely after the label. Nothing is random. Logits of an unusual scale are brought to a usual one
/// (`LogitScale`), as c weighs their loss against the distance.
public struct BoxConstrainedBFGS: EuclideanAttack, ClassifierAttack, Hashable {
    /// `l-bfgs`.
    public static let name = "l-bfgs"
    /// Its line in the list of attacks.
    public static let summary = "L-BFGS on distance plus weighted loss, the weight by binary search (Szegedy 2014)"

    /// False: it knows only the network itself.
    public static let attacksSmoothed = false

    /// Values of c tried.
    public var searches = 12
    /// The most evaluations for each.
    public var steps = 150
    /// The first c.
    public var initialWeight: Float = 0.01

    /// With the usual values: 12 weights, 150 evaluations for each.
    public init() {}

    /// `searches`, `steps` and `initial-weight`.
    public static var settings: [Setting<Self>] {
        [
            .integer("searches", \.searches, in: 1...100, "values of the weight tried"),
            .integer("steps", \.steps, in: 1...1_000_000, "gradients for each, at most"),
            .number("initial-weight", \.initialWeight, in: 1e-9...1e9, "first weight of the loss"),
        ]
    }

    /// The gradient of cross entropy itself, since its value is weighed against the distance.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: .crossEntropy) }

    /// A search over c for each image, with one minimisation for each c.
    ///
    /// - Throws: What the judge of the images tried throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        var nearest = try classifier.begin(from: batch, norm: .l2)
        let isWrongAnyway = nearest.isWrongAnyway
        let targets = targets(of: batch, classifier.logits)
        let scales = classifier.scaleCorrections
        classifier.fixScales(scales)
        for (place, weights) in classifier.weights.enumerated() { weights.fill { $0 == targets[place] ? 1 : 0 } }
        let clean = batch.images.map { $0.map(Double.init) }
        var weights = batch.indices.map { _ in WeightSearch(initial: Double(initialWeight)) }
        for _ in 0..<searches {
            // Smaller gains than this vanish in the rounding of the logits.
            var descents = clean.map { LimitedMemoryBFGS(start: $0, bounds: 0...1, tolerance: 1e-6) }
            var found = [Bool](repeating: false, count: weights.count)
            for _ in 0..<steps {
                let isMoving = descents.indices.map { !descents[$0].isDone && !isWrongAnyway[$0] }
                let moving = isMoving.indices.filter { isMoving[$0] }
                if moving.isEmpty { break }
                for place in moving { points[place].set(descents[place].point.map { Float($0) }) }
                let gradients = classifier.gradients(for: isMoving)
                let isMisclassified = try classifier.misclassified(for: isMoving)
                for place in moving {
                    if isMisclassified[place] {
                        found[place] = true
                        nearest.offer(points[place], at: place)
                    }
                    let change = zip(descents[place].point, clean[place]).map(-)
                    let weight = weights[place].weight
                    let loss = classifier.logits[place].crossEntropy(label: targets[place], scale: scales[place])
                    descents[place].take(
                        value: change.reduce(0) { $0 + $1 * $1 } + weight * (loss ?? .infinity),
                        gradient: zip(change, gradients[place]).map { 2 * $0 + weight * Double($1) })
                }
            }
            for place in found.indices { weights[place].narrow(hasSucceeded: found[place]) }
        }
        points.set(nearest.images)
    }

    /// For each image the most likely class that is not its label.
    private func targets(of batch: AttackBatch, _ logits: Images) -> [Int] {
        batch.labels.enumerated().map { place, label in
            let row = logits[place]
            return row.indices.filter { $0 != label }.max { row[$0] < row[$1] } ?? 0
        }
    }
}
