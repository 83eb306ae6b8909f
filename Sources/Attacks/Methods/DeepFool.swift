import SuretyNetworks
import SuretyTensors

/// DeepFool (Moosavi-Dezfooli, Fawzi and Frossard 2016, algorithm 2 and §3.3): again and again until the class changes, the
/// network is treated as linear, so that the nearest boundary and the shortest way across it are known.
///
/// With f_k = z_k − z_y and its gradient w_k, the nearest boundary is that of the class with the smallest |f_k|/‖w_k‖_*, and
/// the way there |f_k|·w_k/‖w_k‖₂² in ℓ2 and |f_k|·sign(w_k)/‖w_k‖₁ in ℓ∞. Fast, and close to the shortest. Nothing is
/// random. An image without a gradient to follow stays as it is.
public struct DeepFool: DistanceAttack, ClassifierAttack, Hashable {
    /// `deepfool`.
    public static let name = "deepfool"
    /// Its line in the list of attacks.
    public static let summary = "across the nearest boundary of the network made linear (Moosavi-Dezfooli 2016)"
    /// ℓ2 and ℓ∞.
    public static let norms = [Norm.l2, .linf]
    /// False: it knows only the network itself.
    public static let attacksSmoothed = false

    /// The norm in which the way to a boundary is the shortest.
    public var norm: Norm
    /// The most linearisations.
    public var steps = 50
    /// How far it goes beyond the boundary, as a fraction of the way.
    public var overshoot: Float = 0.02
    /// Classes considered: those with the highest logits at the image, its label included.
    public var candidates = 10

    /// With the values of the paper's code: 50 linearisations, overshoot 0.02, 10 classes.
    public init(norm: Norm) { self.norm = norm }

    /// The attack in this norm; the radius is ignored.
    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    /// `steps`, `overshoot` and `candidates`.
    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...10_000, "linearisations, at most"),
            .number("overshoot", \.overshoot, in: 0...10, "part by which it goes beyond the boundary"),
            .integer(
                "candidates", \.candidates, in: 2...100_000, "classes considered, the most likely and the label among them"),
        ]
    }

    /// The gradient of Σ w·z, with weights that take one logit less another.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: .weightedLogits) }

    /// Algorithm 2 for each image, until its class changes.
    ///
    /// - Throws: What the judge of the images tried throws.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        var nearest = try classifier.begin(from: batch, norm: norm)
        var moving = nearest.isWrongAnyway.map { !$0 }
        var hasVanished = moving.map { _ in false }
        let others = others(of: batch, classifier.logits)
        let perturbation = Images(count: points.count, shape: points.shape)
        for _ in 0..<steps where moving.contains(true) {
            let ways = shortestWays(of: batch, on: classifier, to: others, moving: moving)
            for (place, way) in ways.enumerated() where moving[place] {
                guard let way else {
                    hasVanished[place] = classifier.vanished[place]
                    moving[place] = false
                    continue
                }
                let (r, clean) = (perturbation[place], batch.images[place])
                r.fill { r[$0] + way.change[$0] }
                points[place].fill { min(max(clean[$0] + (1 + overshoot) * r[$0], 0), 1) }
            }
            _ = classifier.gradients(for: moving)
            let isMisclassified = try classifier.misclassified(for: moving)
            nearest.offer(points, where: isMisclassified)
            for place in points.indices where isMisclassified[place] { moving[place] = false }
        }
        points.set(nearest.images)
        // Only if no class has a usable gradient; that of a single class may be zero.
        classifier.reportedVanished = hasVanished
    }

    /// For each image the classes that are not its label, the most likely first.
    private func others(of batch: AttackBatch, _ logits: Images) -> [[Int]] {
        batch.labels.enumerated().map { place, label in
            let row = logits[place]
            return Array(row.indices.filter { $0 != label }.sorted { row[$0] > row[$1] }.prefix(candidates - 1))
        }
    }

    private struct Way {
        var distance: Float
        var change: [Float]
    }

    /// Added to each way, as in the paper's code, so that rounding does not end it on the boundary.
    private static let margin: Float = 1e-4

    /// The shortest way across a boundary of the network, linearised at the points; `nil` if no gradient shows one.
    private func shortestWays(
        of batch: AttackBatch, on classifier: AttackedClassifier, to others: [[Int]], moving: [Bool]
    ) -> [Way?] {
        var ways = [Way?](repeating: nil, count: others.count)
        for rank in 0..<(others.map(\.count).max() ?? 0) {
            // The difference of the logits of this class and the label.
            for (place, weights) in classifier.weights.enumerated() {
                weights.fill(with: 0)
                if let label = batch.labels[place] { weights[label] = -1 }
                if rank < others[place].count { weights[others[place][rank]] = 1 }
            }
            let gradients = classifier.gradients(for: others.indices.map { moving[$0] && rank < others[$0].count })
            for place in others.indices where moving[place] && rank < others[place].count {
                let difference = zip(classifier.weights[place], classifier.logits[place]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                let w = gradients[place]
                guard let dual = norm.dual(of: w), difference.isFinite else { continue }
                let distance = abs(difference) / dual
                if distance < ways[place]?.distance ?? .infinity {
                    let length = distance + Self.margin
                    ways[place] = Way(
                        distance: distance,
                        change: norm == .l2
                            ? w.map { length * $0 / dual } : w.map { $0 > 0 ? length : $0 < 0 ? -length : 0 })
                }
            }
        }
        return ways
    }
}
