import Attacks
import Datasets
import Graphs
import Tensors

/// CE on images that gradient ascent moved within their Voronoi cells: the largest region around each training image that
/// belongs to it rather than to one of another class, in place of a ball of one radius for all (Khoury and Hadfield-Menell,
/// Adversarial training with Voronoi constraints, equation 4).
public struct VoronoiTraining: Defense {
    public static let name = "voronoi"
    public static let summary = "cross entropy on images moved within their Voronoi cells: no radius to choose"

    /// The attack at its full step; it has cells once the training images are known.
    public var attack: VoronoiAttack
    /// Epochs over which the size of a step, and so the attack's reach, rises to its full value.
    public var warmUp: Int
    /// When the samples that bound the cells are sought.
    public var time: VoronoiCells.Time

    /// - Parameter stepNorm: That of the cells, where nil.
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

    public static var settings: [Setting<Self>] {
        [.choice("norm", \.attack.norm, "norm of the cells")] + VoronoiAttack.settings.map { $0.within(\.attack) } + [
            .integer("warm-up", \.warmUp, in: 0...100_000, "epochs over which the step rises to its size"),
            .choice("cells", \.time, "seek the nearest samples once before training, or for each batch as augmented"),
        ]
    }

    public func conflict(given: [String: String]) -> String? { attack.conflict(given: given) }

    public func prepared(for images: LabelledImages) throws -> Self {
        var prepared = self
        prepared.attack.cells = try VoronoiCells(of: images, m: attack.m, time: time)
        return prepared
    }

    public func adversary(epoch: Int) -> (any Attack)? {
        guard attack.cells != nil else { return nil }
        var reached = attack
        if warmUp > 0 { reached.givenStepSize = min(attack.stepSize, Float(epoch + 1) * attack.stepSize / Float(warmUp)) }
        return reached
    }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard attack.cells != nil else { throw TrainingError("Voronoi cells are of training images: call prepared(for:) first") }
        return try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
