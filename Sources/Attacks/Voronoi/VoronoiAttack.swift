import Datasets
import Dispatch
import Graphs
import Networks
import Synchronization
import Tensors

/// Gradient ascent within the Voronoi cell of each image: steps along the steepest direction of cross entropy from the image
/// itself, up to the last before one would leave the cell or, in the Euclidean norm, each brought back by projection
/// (Khoury and Hadfield-Menell, Adversarial training with Voronoi constraints, §3).
///
/// The cells are of a set of samples, training images as a rule, which an attack that was asked for by name is given by
/// `within(cellsOf:)`. No radius is set: the cells say how far an image may go.
public struct VoronoiAttack: NamedAttack {
    public static let name = "voronoi"
    public static let summary = "steps within the image's Voronoi cell among samples (Khoury and Hadfield-Menell)"
    public static let norms = Norm.allCases
    public static let aim = AttackAim.withinCell

    /// How images are kept in their cells.
    public enum Confinement: String, Sendable, CaseIterable {
        /// The paper's way: an image whose next step would leave its cell rests where it is.
        case stop
        /// Each step ends at the nearest point of the cell; Euclidean cells only, as others need not be convex.
        case project
    }

    /// Nil until the samples are known.
    public var cells: VoronoiCells?
    /// Samples of each other class that bound a cell.
    public var m: Int
    /// The norm of the cells.
    public var norm: Norm
    /// The norm of the steps, where it is not that of the cells.
    public var givenStepNorm: Norm?
    /// The size of a step, where it is not the usual one in its norm.
    public var givenStepSize: Float?
    public var steps: Int
    public var confinement: Confinement

    /// - Parameter stepNorm: That of the cells, where nil.
    public init(
        cells: VoronoiCells? = nil, m: Int = 10, norm: Norm, stepNorm: Norm? = nil, stepSize: Float? = nil, steps: Int = 40,
        confinement: Confinement = .stop
    ) {
        self.cells = cells
        self.m = cells?.m ?? m
        self.norm = norm
        givenStepNorm = stepNorm
        givenStepSize = stepSize
        self.steps = steps
        self.confinement = confinement
    }

    /// In which the steps are steepest, and `stepSize` is measured.
    public var stepNorm: Norm { givenStepNorm ?? norm }

    /// The size of a step; where none is given, 0.01 in ℓ∞ and 0.1 in ℓ2.
    public var stepSize: Float { givenStepSize ?? (stepNorm == .linf ? 0.01 : 0.1) }

    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    public static var settings: [Setting<Self>] {
        [
            .integer("m", \.m, in: 1...10_000, "nearest samples of each other class that bound a cell"),
            .choice("step-norm", \.givenStepNorm, or: \.stepNorm, "norm of the steps; without it, that of the cells"),
            .number(
                "step", \.givenStepSize, or: \.stepSize, in: 0...1000,
                "size of a step; without it, 0.01 in linf and 0.1 in l2"),
            .integer("steps", \.steps, in: 0...10_000, "steps of the attack"),
            .choice(
                "confinement", \.confinement,
                "rest before the step that leaves the cell, or project each step onto it, which needs the norm l2"),
        ]
    }

    public func conflict(given: [String: String]) -> String? {
        confinement == .stop || norm == .l2
            ? nil : "confinement=project needs the norm l2: other Voronoi cells need not be convex"
    }

    public var parameters: [String: String] { record.merging(["norm": norm.rawValue]) { $1 } }

    /// The attack within the cells of these samples; the images attacked may be others.
    public func within(cellsOf samples: LabelledImages) throws(AttackError) -> Self {
        var attack = self
        attack.cells = try VoronoiCells(of: samples, m: m, time: .batch)
        return attack
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try checkSettings()
        guard let cells else {
            throw AttackError("voronoi moves images within the Voronoi cells of samples, and there are none: give training images")
        }
        return try VoronoiAttackExecutor(self, cells, on: network, batchSize: batchSize, copies: copies)
    }
}

/// A Voronoi attack compiled for a network and a batch.
final class VoronoiAttackExecutor: AttackExecutor {
    private let attack: VoronoiAttack
    private let diagram: VoronoiCells
    private let slope: LossSlope
    private let classCount: Int
    private let queue = DispatchQueue(label: "surety.voronoi")

    init(_ attack: VoronoiAttack, _ cells: VoronoiCells, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
        diagram = cells
        classCount = network.classCount
        slope = try LossSlope(
            of: AdversarialLoss.crossEntropy.ascended(over: copies), on: network, batchSize: batchSize, copies: copies)
    }

    var queries: [Int] { slope.queries }

    /// Images of the last run for which a step led out of their cell.
    private(set) var confined: Int? = 0

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> UnsafeBufferPointer<Float> {
        slope.load(batch, parameters: parameters)
        let points = slope.images
        _ = points.update(fromContentsOf: batch.images)
        confined = 0
        if attack.steps == 0 { return UnsafeBufferPointer(points) }
        // The first step's gradient is that at the images, wherever their cells end.
        let (first, cells) = try meanwhile({ try self.cells(of: batch) }) { slope.evaluate() }
        var slopes = first
        let projections = attack.confinement == .project ? cells.map(\.projection) : []
        var (moving, isConfined) = (cells.indices.map { _ in true }, cells.indices.map { _ in false })
        for step in 0..<attack.steps where moving.contains(true) {
            if step > 0 { slopes = slope.evaluate(for: moving) }
            for place in cells.indices where moving[place] {
                let range = AttackBatch.range(of: place, size: slope.imageSize)
                let (center, point) = (Array(batch.images[range]), UnsafeMutableBufferPointer(rebasing: points[range]))
                let next = moved(point, along: .init(rebasing: slopes[range]))
                if cells[place].contains(next.minus(center)) {
                    _ = point.update(fromContentsOf: next)
                    continue
                }
                isConfined[place] = true
                if attack.confinement == .project, let projection = projections[place] {
                    let nearest = projection(next.minus(center))
                    // Limiting to [0, 1] can lead out of the cell again; both hold the image and are convex.
                    let limited = zip(nearest, center).map { min(max($0 + $1, 0), 1) - $1 }
                    _ = point.update(fromContentsOf: zip(projection.pulledInside(limited), center).map { $0 + $1 })
                } else {
                    moving[place] = false
                }
            }
        }
        confined = isConfined.count { $0 }
        return UnsafeBufferPointer(points)
    }

    /// The results of `search`, on a thread of its own, and of `work`, on this one.
    private func meanwhile<Work>(
        _ search: () throws -> [VoronoiCell], _ work: () -> Work
    ) throws -> (Work, [VoronoiCell]) {
        try withoutActuallyEscaping(search) { search in
            // Both end before this returns, and share nothing that either changes.
            nonisolated(unsafe) let search = search
            let found = Mutex<Result<[VoronoiCell], any Error>?>(nil)
            let isFound = DispatchGroup()
            queue.async(group: isFound) { found.withLock { $0 = Result { try search() } } }
            let result = work()
            isFound.wait()
            return (result, try found.withLock { try $0?.get() ?? [] })
        }
    }

    /// A step that nothing but [0, 1] limits.
    private func moved(_ point: UnsafeMutableBufferPointer<Float>, along slope: UnsafeBufferPointer<Float>) -> [Float] {
        var next = Array(point)
        next.withUnsafeMutableBufferPointer { next in
            Ball(attack.stepNorm, radius: .infinity).ascend(
                next, along: slope, step: attack.stepSize, around: UnsafeBufferPointer(point))
        }
        return next
    }

    private func cells(of batch: AttackBatch) throws(AttackError) -> [VoronoiCell] {
        let labels = batch.indices.indices.map { place in
            let row = Array(batch.labels[AttackBatch.range(of: place, size: classCount)])
            return row.firstIndex(of: 1) ?? 0
        }
        let neighbours = try diagram.neighbours(of: batch.images, labels: labels, indices: batch.indices)
        return neighbours.enumerated().map { place, neighbours in
            diagram.cell(
                of: .init(rebasing: batch.images[AttackBatch.range(of: place, size: slope.imageSize)]),
                neighbours: neighbours, norm: attack.norm)
        }
    }
}

extension [Float] {
    fileprivate func minus(_ other: [Float]) -> [Float] { zip(self, other).map { $0 - $1 } }
}
