import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// CE + λ/2 · mean ‖J‖², the squared Frobenius norm of the Jacobian of the logits by the image, estimated from n random unit
/// vectors v per image: ‖J‖² = K·E‖Jᵀv‖² for K classes (Hoffman, Roberts and Yaida 2019, equations 9 to 11). Each Jᵀv is a
/// gradient, and the objective's gradient differentiates it again.
public struct JacobianRegularisation: Defense {
    /// `jacobian-regularisation`: what the command, recipes and models' metadata call it.
    public static let name = "jacobian-regularisation"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy plus the squared norm of the Jacobian of the logits by the image"

    /// λ: the weight of the squared norm, halved.
    public var lambda: Float
    /// Random unit vectors n per image and step.
    public var projections: Int

    /// - Parameters:
    ///   - lambda: Not negative.
    ///   - projections: Random unit vectors n per image and step, at least 1.
    public init(lambda: Float, projections: Int = 1) {
        self.lambda = lambda
        self.projections = projections
    }

    /// With λ = 1.
    public init() { self.init(lambda: 1) }

    /// λ and the number of random vectors.
    public static var settings: [Setting<Self>] {
        [
            .number("lambda", \.lambda, in: 0...1e6, "weight of the squared norm"),
            .integer("projections", \.projections, in: 1...100, "random unit vectors per image"),
        ]
    }

    /// n: one gradient each.
    public var directions: Int { projections }

    /// The mean of CE + λ/2 · K/n · Σ ‖Jᵀv‖².
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        try checkSettings()
        let logits = try graph.logits(of: graph.images)
        let loss = try graph.crossEntropy(logits, labels: graph.labels)
        guard let directions = graph.directions else { return loss }
        let (batch, classes) = (logits.shape[0], logits.shape[1])
        // One gradient per vector, taken of the sum over the images, because an image's logits depend only on that image.
        let squares = try (0..<projections).map { number in
            let v = try directions.sliced(from: [number * batch, 0], to: [(number + 1) * batch, classes])
            let product = try gradient(of: (logits * v).sum(), with: [graph.images])[0]
            return try (product * product).sum()
        }
        var total = squares[0]
        for square in squares.dropFirst() { total = try total + square }
        return try loss + total * .constant(lambda / 2 * Float(classes) / Float(batch * projections))
    }
}
