import Attacks
import Graphs

/// SmoothAdv (Salman et al. 2019): training under noise on images that attack the *smoothed* classifier, approximated by the
/// mean over m noisy copies; the same noise serves the attack and the training (algorithm 1).
public struct SmoothAdversarialTraining: Defense {
    public static let name = "smoothadv"

    public var sigma: Float
    /// Noisy copies m of each image.
    public var copies: Int
    /// The ℓ2 radius ε of the attack.
    public var epsilon: Float
    public var steps: Int
    /// Epochs over which ε rises to its full value.
    public var warmUp: Int

    public init(sigma: Float, copies: Int, epsilon: Float, steps: Int, warmUp: Int = 10) {
        self.sigma = sigma
        self.copies = copies
        self.epsilon = epsilon
        self.steps = steps
        self.warmUp = warmUp
    }

    public var parameters: [String: String] {
        [
            "sigma": "\(sigma)", "copies": "\(copies)", "epsilon": "\(epsilon)", "steps": "\(steps)",
            "warm-up": "\(warmUp)",
        ]
    }

    public var noise: TrainingNoise? { TrainingNoise(sigma: sigma, copies: copies) }

    public func adversary(epoch: Int) -> ProjectedGradient? {
        let radius = warmUp > 0 ? min(epsilon, Float(epoch + 1) * epsilon / Float(warmUp)) : epsilon
        return ProjectedGradient(
            ball: Ball(.l2, radius: radius), stepSize: 2 * radius / Float(max(1, steps)), steps: steps, start: .image,
            loss: .smoothedCrossEntropy)
    }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        let copies = try graph.adversarial.repeated(copies)
        let noisy = if let noise = graph.noise { try copies + noise } else { copies }
        return try graph.crossEntropy(graph.logits(of: noisy), labels: graph.labels.repeated(self.copies))
    }
}
