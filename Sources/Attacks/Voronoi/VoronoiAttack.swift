import Dispatch
import Graphs
import Networks
import Synchronization
import Tensors

/// Gradient ascent within the Voronoi cell of each image: steps along the steepest direction of cross entropy from the image
/// itself, up to the last before one would leave the cell or, in the Euclidean norm, each brought back by projection
/// (Khoury and Hadfield-Menell, Adversarial training with Voronoi constraints, §3).
///
/// The images attacked are samples of the set that the cells are of, with their indices there. No radius is set: the cells
/// say how far an image may go.
public struct VoronoiAttack: Attack {
    public static let name = "voronoi"

    /// How images are kept in their cells.
    public enum Confinement: String, Sendable, CaseIterable {
        /// The paper's way: an image whose next step would leave its cell rests where it is.
        case stop
        /// Each step ends at the nearest point of the cell; Euclidean cells only, as others need not be convex.
        case project
    }

    public var cells: VoronoiCells
    /// Of the cells.
    public var norm: Norm
    /// In which the steps are steepest, and `stepSize` is measured.
    public var stepNorm: Norm
    public var stepSize: Float
    public var steps: Int
    public var confinement: Confinement

    /// - Parameter stepNorm: That of the cells, where nil.
    public init(
        cells: VoronoiCells, norm: Norm, stepNorm: Norm? = nil, stepSize: Float, steps: Int,
        confinement: Confinement = .stop
    ) {
        self.cells = cells
        self.norm = norm
        self.stepNorm = stepNorm ?? norm
        self.stepSize = stepSize
        self.steps = steps
        self.confinement = confinement
    }

    public var parameters: [String: String] {
        [
            "m": "\(cells.m)", "norm": norm.rawValue, "step-norm": stepNorm.rawValue, "step": "\(stepSize)",
            "steps": "\(steps)", "confinement": confinement.rawValue,
        ]
    }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        guard steps >= 0 else { throw AttackError("the attack has \(steps) steps: at least 0 make sense") }
        guard stepSize >= 0, stepSize.isFinite else {
            throw AttackError("the attack's step is \(stepSize): it must not be negative")
        }
        guard confinement == .stop || norm == .l2 else {
            throw AttackError("only Euclidean Voronoi cells can be projected onto: choose norm=l2, or confinement=stop")
        }
        return try VoronoiAttackExecutor(self, on: network, batchSize: batchSize, copies: copies)
    }
}

/// A Voronoi attack compiled for a network and a batch.
final class VoronoiAttackExecutor: AttackExecutor {
    private let attack: VoronoiAttack
    private let slope: LossSlope
    private let classCount: Int
    private let queue = DispatchQueue(label: "surety.voronoi")

    init(_ attack: VoronoiAttack, on network: Network, batchSize: Int, copies: Int) throws {
        self.attack = attack
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
        let neighbours = try attack.cells.neighbours(of: batch.images, labels: labels, indices: batch.indices)
        return neighbours.enumerated().map { place, neighbours in
            attack.cells.cell(
                of: .init(rebasing: batch.images[AttackBatch.range(of: place, size: slope.imageSize)]),
                neighbours: neighbours, norm: attack.norm)
        }
    }
}

extension [Float] {
    fileprivate func minus(_ other: [Float]) -> [Float] { zip(self, other).map { $0 - $1 } }
}
