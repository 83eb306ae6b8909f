import SuretyAttacks
import SuretyGraphs

/// Cross entropy on the images as they are: the baseline.
public struct StandardTraining: Defense {
    /// `standard`: what the command, recipes and models' metadata call it.
    public static let name = "standard"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy on clean images: the baseline"

    /// There is nothing to set.
    public init() {}

    /// None.
    public static var settings: [Setting<Self>] { [] }

    /// The mean of CE(f(x), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.images), labels: graph.labels)
    }
}
