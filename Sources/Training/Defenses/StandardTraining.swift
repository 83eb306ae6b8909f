import Attacks
import Graphs

/// Cross entropy on the images as they are: the baseline.
public struct StandardTraining: Defense {
    public static let name = "standard"
    public static let summary = "cross entropy on clean images: the baseline"

    public init() {}

    public static var settings: [Setting<Self>] { [] }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try graph.crossEntropy(graph.logits(of: graph.images), labels: graph.labels)
    }
}
