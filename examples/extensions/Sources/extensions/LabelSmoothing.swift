import Surety

/// A defense: cross entropy with labels of 1 − ε, the rest spread over all classes (Szegedy et al. 2016, §7).
struct LabelSmoothing: Defense {
    static let name = "label-smoothing"
    static let summary = "cross entropy with labels that are not quite sure"

    var epsilon: Float = 0.1

    static var settings: [Setting<Self>] { [.number("epsilon", \.epsilon, in: 0...1, "what labels give to all classes")] }

    func objective(_ graph: ObjectiveGraph) throws -> Node {
        let spread = Node.constant(epsilon / Float(graph.labels.shape[1]))
        let labels = try graph.labels * .constant(1 - epsilon) + spread
        return try graph.crossEntropy(graph.logits(of: graph.images), labels: labels)
    }
}
