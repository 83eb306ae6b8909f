import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyTensors

/// CE on images that gradient ascent moved within their Voronoi cells: the largest region around each training image that
/// belongs to it rather than to one of another class, in place of a ball of one radius for all (Khoury and Hadfield-Menell,
/// Adversarial training with Voronoi constraints, equation 4).
public struct VoronoiTraining: Defense {
    /// `voronoi`: what the command, recipes and models' metadata call it.
    public static let name = "voronoi"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy on images moved within their Voronoi cells: no radius to choose"

    /// The attack with its full step; it has cells once the training images are known.
    public var attack: VoronoiAttack
    /// Epochs over which the size of a step, and so the attack's reach, rises to its full value.
    public var warmUp: Int
    /// When the samples that bound the cells are sought.
    public var time: VoronoiCells.Time

    /// - Parameters:
    ///   - m: Nearest samples of other classes that bound a cell.
    ///   - norm: Norm of the cells.
    ///   - stepNorm: Norm of a step; that of the cells if nil.
    ///   - stepSize: Length of a step; the attack's usual one if nil.
    ///   - steps: Steps of the attack.
    ///   - warmUp: Epochs over which the step rises to its size.
    ///   - confinement: What happens to a step that leaves the cell.
    ///   - time: When the samples that bound the cells are sought.
    public init(
        m: Int = 10, norm: Norm, stepNorm: Norm? = nil, stepSize: Float? = nil, steps: Int = 40, warmUp: Int = 0,
        confinement: VoronoiAttack.Confinement = .stop, time: VoronoiCells.Time = .once
    ) {
        attack = VoronoiAttack(
            m: m, norm: norm, stepNorm: stepNorm, stepSize: stepSize, steps: steps, confinement: confinement)
        self.warmUp = warmUp
        self.time = time
    }

    /// In ℓ∞, without warming up.
    public init() { self.init(norm: .linf) }

    /// The norm of the cells, the attack's own settings, the warm-up, and when samples are sought.
    public static var settings: [Setting<Self>] {
        [.choice("norm", \.attack.norm, among: VoronoiAttack.norms, "norm of the cells")] + VoronoiAttack.settings.map { $0.within(\.attack) } + [
            .integer("warm-up", \.warmUp, in: 0...100_000, "epochs over which the step rises to its size"),
            .choice("cells", \.time, "seek the nearest samples once before training, or for each batch as augmented"),
        ]
    }

    /// What the attack refuses; nil if it refuses nothing.
    public func conflict(given: [String: String]) -> String? { attack.conflict(given: given) }

    /// The defense with the cells of these training images.
    public func prepared(for images: LabelledImages) throws -> Self {
        var prepared = self
        prepared.attack.cells = try VoronoiCells(of: images, m: attack.m, time: time)
        return prepared
    }

    /// The attack with its step, or the part of it reached in the warm-up; none before `prepared(for:)`.
    public func adversary(epoch: Int) -> (any Attack)? {
        guard attack.cells != nil else { return nil }
        var reached = attack
        if warmUp > 0 { reached.givenStepSize = min(attack.stepSize, Float(epoch + 1) * attack.stepSize / Float(warmUp)) }
        return reached
    }

    /// The mean of CE(f(x′), y).
    ///
    /// - Throws: `TrainingError` before `prepared(for:)`.
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard attack.cells != nil else { throw TrainingError("Voronoi cells are of training images: call prepared(for:) first") }
        return try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
