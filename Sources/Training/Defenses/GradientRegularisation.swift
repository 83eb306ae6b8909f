import Graphs
import Tensors

/// CE + λ/2 · mean ‖∇ₓ CE‖², the squared ℓ2 or ℓ1 norm of the loss's gradient by the image (Finlay and Oberman, Scaleable
/// input gradient regularisation; equation 8), by exact double backpropagation or by the paper's finite differences
/// (equation 9 and algorithm 1).
///
/// Where the paper says two things: λ is equation 8's, so that algorithm 1, which leaves out the ½, has half of it; and the
/// finite difference for ℓ1 stands for ‖g‖₁², as the text says, not for the ‖g‖₁²/d that its direction sign(g)/√d gives
/// alone. In table 1, too, both methods have like errors at the same λ.
public struct GradientRegularisation: Defense {
    public static let name = "gradient-regularisation"
    public static let summary = "cross entropy plus the squared norm of its gradient by the image"

    /// How the norm of the gradient is computed.
    public enum Method: Sendable, Hashable {
        /// Differentiating the gradient itself.
        case doubleBackpropagation
        /// (CE(x + hd) − CE(x))/h, with d the gradient's direction, held fixed.
        case finiteDifference(Float)
    }

    /// Which norm of the gradient; ℓ2 defends against ℓ2 attacks, ℓ1 against ℓ∞ attacks.
    public enum Norm: String, Sendable, CaseIterable {
        case l2, l1
    }

    public var norm: Norm
    public var lambda: Float
    public var method: Method

    public init(norm: Norm, lambda: Float, method: Method) {
        self.norm = norm
        self.lambda = lambda
        self.method = method
    }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        norm = try settings.choice("norm", default: Norm.l2, "norm of the gradient, l2 against ℓ2 attacks and l1 against ℓ∞")
        lambda = try settings.number("lambda", default: 0.1, in: 0...1e6, "weight of the squared norm")
        let h = try settings.optionalNumber(
            "h", in: 1e-6...100, "step of the finite difference; without it, exact double backpropagation")
        method = h.map(Method.finiteDifference) ?? .doubleBackpropagation
    }

    public var parameters: [String: String] {
        var parameters = ["norm": norm.rawValue, "lambda": "\(lambda)"]
        if case .finiteDifference(let h) = method { parameters["h"] = "\(h)" }
        return parameters
    }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard lambda >= 0, lambda.isFinite else { throw TrainingError("lambda is \(lambda): it must not be negative") }
        if case .finiteDifference(let h) = method, !(h > 0 && h.isFinite) {
            throw TrainingError("h is \(h): the distance of a finite difference must be positive")
        }
        let x = graph.images
        let losses = try Node.crossEntropy(logits: graph.logits(of: x), labels: graph.labels)
        let slope = try gradient(of: losses.sum(), with: [x])[0]
        let penalty =
            switch method {
            case .doubleBackpropagation: try squaredNorm(slope)
            case .finiteDifference(let h): try squaredDifference(losses, along: slope.detached(), h: h, graph)
            }
        return try losses.mean(over: [0]) + penalty.mean(over: [0]) * .constant(lambda / 2)
    }

    /// ‖g‖₂² or ‖g‖₁² per image.
    private func squaredNorm(_ g: Node) throws -> Node {
        let axes = Array(1..<g.shape.count)
        switch norm {
        case .l2: return try (g * g).sum(over: axes)
        case .l1:
            let length = try (g.relu() + (g * .constant(-1)).relu()).sum(over: axes)
            return try length * length
        }
    }

    /// ((CE(x + hd) − CE(x))/h)² per image.
    private func squaredDifference(_ losses: Node, along g: Node, h: Float, _ graph: ObjectiveGraph) throws -> Node {
        let axes = Array(1..<g.shape.count)
        let direction: Node
        var scale: Float = 1
        switch norm {
        case .l2:
            let length = try ((g * g).sum(over: axes, keepingDimensions: true) + .constant(1e-20)).squareRoot()
            direction = try g / length
        case .l1:
            // sign(g)/√d, so that the difference is ‖g‖₁/√d; the penalty takes the √d back.
            let count = Float(g.shape.dropFirst().reduce(1, *))
            let magnitude = try g.relu() + (g * .constant(-1)).relu()
            direction = try g / (magnitude + .constant(1e-20)) * .constant(1 / count.squareRoot())
            scale = count.squareRoot()
        }
        let moved = try graph.images + direction.detached() * .constant(h)
        let movedLosses = try Node.crossEntropy(logits: graph.logits(of: moved), labels: graph.labels)
        let difference = try (movedLosses - losses) * .constant(scale / h)
        return try difference * difference
    }
}
