import Networks
import Tensors

/// DeepFool (Moosavi-Dezfooli, Fawzi and Frossard 2016, algorithm 2 and §3.3): the network is taken for linear, so that the
/// nearest boundary and the shortest way across it are known, again and again until the class changes.
///
/// With f_k = z_k − z_y and its gradient w_k, the nearest boundary is that of the class with the smallest |f_k|/‖w_k‖_*, and
/// the way there |f_k|·w_k/‖w_k‖₂² in ℓ2 and |f_k|·sign(w_k)/‖w_k‖₁ in ℓ∞. Fast, and close to the shortest. Nothing is
/// random. An image without a gradient to follow stays as it is.
public struct DeepFool: DistanceAttack, Hashable {
    public static let name = "deepfool"
    public static let summary = "across the nearest boundary of the network made linear (Moosavi-Dezfooli 2016)"
    public static let norms = Norm.allCases

    public var norm: Norm
    /// Linearisations, at most.
    public var steps = 50
    /// The part by which it goes beyond the boundary.
    public var overshoot: Float = 0.02
    /// Classes considered: those with the highest logits at the image, its label included.
    public var candidates = 10

    public init(norm: Norm) { self.norm = norm }

    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    public static var settings: [Setting<Self>] {
        [
            .integer("steps", \.steps, in: 0...10_000, "linearisations, at most"),
            .number("overshoot", \.overshoot, in: 0...10, "part by which it goes beyond the boundary"),
            .integer(
                "candidates", \.candidates, in: 2...100_000, "classes considered, the most likely and the label among them"),
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkCopies(copies)
        try checkSettings()
        return try DeepFoolExecutor(self, on: network, batchSize: batchSize)
    }
}

/// DeepFool compiled for a network and a batch.
final class DeepFoolExecutor: AttackExecutor {
    /// Added to each way, as in the paper's code, so that rounding does not end it on the boundary.
    private static let margin: Float = 1e-4

    private let attack: DeepFool
    private let slope: LossSlope
    private let classCount: Int

    init(_ attack: DeepFool, on network: Network, batchSize: Int) throws {
        self.attack = attack
        classCount = network.classCount
        slope = try LossSlope(of: .weightedLogits, on: network, batchSize: batchSize, withLogits: true)
    }

    var queries: [Int] { slope.queries }

    /// Where no class has a gradient of its own; that of one alone may be zero.
    private(set) var hasVanished: [Bool] = []

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        let margins = Margins(of: batch, classCount: classCount)
        var nearest = try slope.begin(batch, parameters: parameters, norm: attack.norm, margins: margins)
        let points = slope.images
        var moving = nearest.isWrongAnyway.map { !$0 }
        hasVanished = moving.map { _ in false }
        let others = others(of: batch)
        var perturbation = [Float](repeating: 0, count: points.count)
        for _ in 0..<attack.steps where moving.contains(true) {
            let ways = shortestWays(from: batch, to: others, moving: moving)
            for (place, way) in ways.enumerated() where moving[place] {
                guard let way else {
                    hasVanished[place] = slope.hasVanished[place]
                    moving[place] = false
                    continue
                }
                let range = AttackBatch.range(of: place, size: slope.imageSize)
                for (i, change) in zip(range, way.change) {
                    perturbation[i] += change
                    points[i] = min(max(batch.images[i] + (1 + attack.overshoot) * perturbation[i], 0), 1)
                }
            }
            _ = slope.evaluate(for: moving)
            let errs = try slope.errs(batch, margins: margins, for: moving)
            nearest.offer(points, errs: errs)
            for place in errs.indices where errs[place] { moving[place] = false }
        }
        _ = points.update(fromContentsOf: nearest.images)
        return UnsafeBufferPointer(points)
    }

    /// For each image the classes that are not its label, the most likely first.
    private func others(of batch: AttackBatch) -> [[Int]] {
        batch.indices.indices.map { place in
            let row = place * classCount
            return (0..<classCount).filter { batch.labels[row + $0] != 1 }
                .sorted { slope.logits[row + $0] > slope.logits[row + $1] }
                .prefix(attack.candidates - 1).map { row + $0 }
        }
    }

    private struct Way {
        var distance: Float
        var change: [Float]
    }

    /// The shortest way across a boundary of the network as it looks from the points; `nil` where no gradient shows one.
    private func shortestWays(from batch: AttackBatch, to others: [[Int]], moving: [Bool]) -> [Way?] {
        var ways = [Way?](repeating: nil, count: others.count)
        var weights = [Float](repeating: 0, count: others.count * classCount)
        for rank in 0..<(others.map(\.count).max() ?? 0) {
            for i in weights.indices { weights[i] = -batch.labels[i] }
            for classes in others where rank < classes.count { weights[classes[rank]] = 1 }
            weights.withUnsafeBufferPointer { slope.setLabels($0) }
            let slopes = slope.evaluate(for: others.indices.map { moving[$0] && rank < others[$0].count })
            for (place, classes) in others.enumerated() where moving[place] && rank < classes.count {
                let row = AttackBatch.range(of: place, size: classCount)
                let difference = row.reduce(Float(0)) { $0 + weights[$1] * slope.logits[$1] }
                let gradient = UnsafeBufferPointer(
                    rebasing: slopes[AttackBatch.range(of: place, size: slope.imageSize)])
                guard let dual = attack.norm.dual(of: gradient), difference.isFinite else { continue }
                let distance = abs(difference) / dual
                if distance < ways[place]?.distance ?? .infinity {
                    let length = distance + Self.margin
                    ways[place] = Way(
                        distance: distance,
                        change: attack.norm == .l2
                            ? gradient.map { length * $0 / dual }
                            : gradient.map { $0 > 0 ? length : $0 < 0 ? -length : 0 })
                }
            }
        }
        return ways
    }
}
