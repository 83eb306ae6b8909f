import Dispatch
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Synchronization

/// Gradient ascent within the Voronoi cell of each image: steps along the steepest direction of cross entropy, starting at
/// the image. The ascent stops before the first step that would leave the cell; or, in the Euclidean norm, each step is
/// brought back by projection (Khoury and Hadfield-Menell, Adversarial training with Voronoi constraints, §3).
///
/// The cells belong to a set of samples, usually training images. An attack that was asked for by name gets them by
/// `within(cellsOf:)`. No radius is set: the cells determine how far an image may go.
public struct VoronoiAttack: NamedAttack, ClassifierAttack {
    /// `voronoi`.
    public static let name = "voronoi"
    /// Its line in the list of attacks.
    public static let summary = "steps within the image's Voronoi cell among samples (Khoury and Hadfield-Menell)"
    /// ℓ2 and ℓ∞, of the cells.
    public static let norms = [Norm.l2, .linf]
    /// Success within each image's cell, without a radius.
    public static let aim = AttackAim.withinCell

    /// How images are kept in their cells.
    public enum Confinement: String, Sendable, CaseIterable {
        /// The paper's way: an image whose next step would leave its cell rests where it is.
        case stop
        /// Each step ends at the nearest point of the cell; Euclidean cells only, as others need not be convex.
        case project
    }

    /// nil until the samples are known.
    public var cells: VoronoiCells?
    /// Samples of each other class that bound a cell.
    public var m: Int
    /// The norm of the cells.
    public var norm: Norm
    /// The norm of the steps, if it is not that of the cells.
    public var givenStepNorm: Norm?
    /// The size of a step, if it is not the usual one in its norm.
    public var givenStepSize: Float?
    /// The most steps of the ascent, one gradient each; usually 40.
    public var steps: Int
    /// What happens to a step that leaves the cell; usually the image stops before it.
    public var confinement: Confinement

    /// - Parameter stepNorm: nil for the norm of the cells.
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

    /// The norm in which the steps are steepest and `stepSize` is measured.
    public var stepNorm: Norm { givenStepNorm ?? norm }

    /// The size of a step; if none is given, 0.01 in ℓ∞ and 0.1 in ℓ2.
    public var stepSize: Float { givenStepSize ?? (stepNorm == .linf ? 0.01 : 0.1) }

    /// The attack within cells of this norm, which must still be given; the radius is ignored.
    public static func usual(norm: Norm, radius: Float?) -> Self { Self(norm: norm) }

    /// `m`, `step-norm`, `step`, `steps` and `confinement`.
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

    /// Projection onto cells that need not be convex; nil in ℓ2, and where images rest.
    public func conflict(given: [String: String]) -> String? {
        confinement == .stop || norm == .l2
            ? nil : "confinement=project needs the norm l2: other Voronoi cells need not be convex"
    }

    /// Its settings, with the norm of the cells as `norm`.
    public var parameters: [String: String] { record.merging(["norm": norm.rawValue]) { $1 } }

    /// The attack within the cells of these samples; the images attacked may be others.
    public func within(cellsOf samples: LabelledImages) throws(AttackError) -> Self {
        var attack = self
        attack.cells = try VoronoiCells(of: samples, m: m, time: .batch)
        return attack
    }

    /// Refuses to run without cells, and settings out of range.
    ///
    /// - Throws: `AttackError` that says which one.
    public func check(on network: Network, copies: Int) throws(AttackError) {
        try checkSettings(copies: copies)
        guard cells != nil else {
            throw AttackError("voronoi moves images within the Voronoi cells of samples, and there are none: give training images")
        }
    }

    /// The gradient of the log odds, which has the direction of cross entropy's; with noisy copies, that of the cross
    /// entropy of their mean probability.
    public func answer(copies: Int) -> Classifier.Answer { .gradient(of: Loss.crossEntropy.ascended(over: copies)) }

    /// Runs the ascent for each image, up to the border of its cell. Afterwards, `classifier.confined` is the number of
    /// images that would have gone further.
    ///
    /// - Throws: `AttackError` for images that are not of the size of the samples, or not those whose cells were made in
    ///   advance.
    public func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let points = classifier.points
        classifier.confined = 0
        if steps == 0 { return }
        // The gradient of the first step is taken at the images, so it does not depend on their cells.
        let (first, cells) = try meanwhile({ try self.cells(of: batch) }) { classifier.gradients() }
        var gradients = first
        let projections = confinement == .project ? cells.map(\.projection) : []
        var (moving, isConfined) = (cells.map { _ in true }, cells.map { _ in false })
        let next = Images(count: 1, shape: points.shape)[0]
        for step in 0..<steps where moving.contains(true) {
            if step > 0 { gradients = classifier.gradients(for: moving) }
            for place in cells.indices where moving[place] {
                let (center, point) = (batch.images[place], points[place])
                // A step that nothing but [0, 1] limits.
                next.set(point)
                Ball(stepNorm, radius: .infinity).ascend(next, along: gradients[place], step: stepSize, around: point)
                let displacement = zip(next, center).map { $0 - $1 }
                if cells[place].contains(displacement) {
                    point.set(next)
                    continue
                }
                isConfined[place] = true
                if confinement == .project, let projection = projections[place] {
                    // Limiting to [0, 1] can lead out of the cell again; both hold the image and are convex.
                    let limited = zip(projection(displacement), center).map { min(max($0 + $1, 0), 1) - $1 }
                    let inside = projection.pulledInside(limited)
                    point.fill { inside[$0] + center[$0] }
                } else {
                    moving[place] = false
                }
            }
        }
        classifier.confined = isConfined.count { $0 }
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
            DispatchQueue(label: "surety.voronoi").async(group: isFound) { found.withLock { $0 = Result { try search() } } }
            let result = work()
            isFound.wait()
            return (result, try found.withLock { try $0?.get() ?? [] })
        }
    }

    private func cells(of batch: AttackBatch) throws(AttackError) -> [VoronoiCell] {
        guard let cells else { return [] }
        let neighbours = try cells.neighbours(of: batch.images, labels: batch.labels.map { $0 ?? 0 }, indices: batch.indices)
        return zip(batch.images, neighbours).map { cells.cell(of: $0, neighbours: $1, norm: norm) }
    }
}
