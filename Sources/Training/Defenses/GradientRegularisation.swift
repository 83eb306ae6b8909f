import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// CE + λ/2 · mean P, where P is ‖∇ₓ CE‖₂² against ℓ2 attacks, or ‖∇ₓ CE‖₁²/d for images of d elements against ℓ∞ attacks
/// (Finlay and Oberman, Scaleable input gradient regularisation; equation 8), by exact double backpropagation or by the
/// paper's finite differences (equation 9 and algorithm 1).
///
/// The 1/d is what the paper's direction for ℓ1, sign(g)/√d, gives: the difference along it is ‖g‖₁/√d, and at most ‖g‖₂.
/// The exact form divides by d too, so that λ means the same in both. λ is equation 8's; algorithm 1 leaves out the ½.
public struct GradientRegularisation: Defense {
    /// `gradient-regularisation`: what the command, recipes and models' metadata call it.
    public static let name = "gradient-regularisation"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy plus the squared norm of its gradient by the image"

    /// How the norm of the gradient is computed.
    public enum Method: Sendable, Hashable {
        /// Differentiating the gradient itself.
        case doubleBackpropagation
        /// (CE(x + hd) − CE(x))/h, with d the gradient's direction, held fixed.
        case finiteDifference(Float)

        /// h; nil if there is none.
        var step: Float? {
            get { if case .finiteDifference(let h) = self { h } else { nil } }
            set { self = newValue.map(Self.finiteDifference) ?? .doubleBackpropagation }
        }
    }

    /// Which norm of the gradient; ℓ2 defends against ℓ2 attacks, ℓ1 against ℓ∞ attacks.
    public enum GradientNorm: String, Sendable, CaseIterable {
        /// The Euclidean norm, and the sum of the absolute values.
        case l2, l1
    }

    /// Which norm of the gradient is minimised.
    public var norm: GradientNorm
    /// λ: the weight of the squared norm, halved.
    public var lambda: Float
    /// How that norm is computed.
    public var method: Method

    /// - Parameters:
    ///   - norm: ℓ2 against ℓ2 attacks, ℓ1 against ℓ∞ attacks.
    ///   - lambda: λ in equation 8; not negative.
    ///   - method: Exact, or by finite differences.
    public init(norm: GradientNorm, lambda: Float, method: Method) {
        self.norm = norm
        self.lambda = lambda
        self.method = method
    }

    /// The ℓ2 norm with λ = 0.1, by double backpropagation.
    public init() { self.init(norm: .l2, lambda: 0.1, method: .doubleBackpropagation) }

    /// The norm, λ and the step of the finite difference.
    public static var settings: [Setting<Self>] {
        [
            .choice("norm", \.norm, "‖g‖₂², l2, against ℓ2 attacks, or ‖g‖₁²/d, l1, against ℓ∞"),
            .number("lambda", \.lambda, in: 0...1e6, "weight of the squared norm"),
            .number(
                "h", \.method.step, in: 1e-6...100, "step of the finite difference; without it, exact double backpropagation"),
            // In models and checkpoints without this, the squared norm was not divided: λ meant d times as much.
            .remark(
                "penalty", "what lambda weighs in l1, for the record",
                text: { $0.norm == .l1 ? "squared norm / elements" : nil }, expectation: "squared norm / elements, with norm=l1"),
        ]
    }

    /// The mean of CE + λ/2 · P.
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try checkSettings()
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

    /// ‖g‖₂² or ‖g‖₁²/d per image.
    private func squaredNorm(_ g: Node) throws -> Node {
        let axes = Array(1..<g.shape.count)
        switch norm {
        case .l2: return try (g * g).sum(over: axes)
        case .l1:
            let length = try g.magnitude().sum(over: axes) * .constant(1 / g.imageSize.squareRoot())
            return try length * length
        }
    }

    /// ((CE(x + hd) − CE(x))/h)² per image.
    private func squaredDifference(_ losses: Node, along g: Node, h: Float, _ graph: ObjectiveGraph) throws -> Node {
        let direction =
            switch norm {
            case .l2:
                try g / ((g * g).sum(over: Array(1..<g.shape.count), keepingDimensions: true) + .constant(1e-20)).squareRoot()
            case .l1: try g / (g.magnitude() + .constant(1e-20)) * .constant(1 / g.imageSize.squareRoot())
            }
        let moved = try graph.images + direction.detached() * .constant(h)
        let movedLosses = try Node.crossEntropy(logits: graph.logits(of: moved), labels: graph.labels)
        let difference = try (movedLosses - losses) * .constant(1 / h)
        return try difference * difference
    }
}

extension Node {
    /// |x|.
    fileprivate func magnitude() throws -> Node { try relu() + (self * .constant(-1)).relu() }

    /// Elements of each image of the batch.
    fileprivate var imageSize: Float { Float(shape.dropFirst().reduce(1, *)) }
}
