import SuretyAttacks
import SuretyGraphs
import SuretyTensors

/// SmoothAdv (Salman et al. 2019): training under noise on images that attack the *smoothed* classifier, approximated by the
/// mean over m noisy copies; the same noise serves the attack and the training (pseudocode 1).
public struct SmoothAdversarialTraining: Defense {
    /// `smoothadv`: what the command, recipes and models' metadata call it.
    public static let name = "smoothadv"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy under noise on images that attack the smoothed classifier"

    /// How the adversarial images are found.
    public enum Adversary: String, Sendable, CaseIterable {
        /// Projected gradient ascent on −log of the mean probability (SmoothAdv-PGD).
        case pgd
        /// The shortest perturbation found that changes the class most copies get (SmoothAdv-DDN).
        case ddn
        /// Steps along the mean of −p_y·δ, without gradients (§3.1).
        case gradientFree = "gradient-free"
    }

    /// Standard deviation of the noise, in units of pixels in [0, 1].
    public var sigma: Float
    /// Noisy copies m of each image.
    public var copies: Int
    /// The ℓ2 radius ε of the attack.
    public var epsilon: Float
    /// Steps of the attack.
    public var steps: Int
    /// Epochs over which ε rises to its full value.
    public var warmUp: Int
    /// How the adversarial images are found.
    public var attack: Adversary
    /// Whether the network is trained on all the noisy copies that the attack averages over, or on the first only.
    public var isMultiNoise: Bool

    /// - Parameters:
    ///   - sigma: In units of pixels in [0, 1].
    ///   - copies: m, at least 1.
    ///   - epsilon: The ℓ2 radius of the attack.
    ///   - steps: Steps of the attack, each 2ε/steps long.
    ///   - warmUp: Epochs over which ε rises in a straight line.
    ///   - attack: How the adversarial images are found.
    ///   - isMultiNoise: Whether the network is trained on all m copies.
    public init(
        sigma: Float, copies: Int, epsilon: Float, steps: Int, warmUp: Int = 10, attack: Adversary = .pgd,
        isMultiNoise: Bool = true
    ) {
        self.sigma = sigma
        self.copies = copies
        self.epsilon = epsilon
        self.steps = steps
        self.warmUp = warmUp
        self.attack = attack
        self.isMultiNoise = isMultiNoise
    }

    /// With σ = 0.5 and 4 copies, by ten steps within 255/256.
    public init() { self.init(sigma: 0.5, copies: 4, epsilon: 255 / 256, steps: 10) }

    /// σ, m, ε, the attack and its steps, the warm-up, and which copies are trained on.
    public static var settings: [Setting<Self>] {
        [
            .number("sigma", \.sigma, in: 0...100, "standard deviation of the noise"),
            .integer("copies", \.copies, in: 1...1024, "noisy copies of each image"),
            .number("epsilon", \.epsilon, in: 0...1000, "ℓ2 radius of the attack (255/256)"),
            .integer("steps", \.steps, in: 0...10_000, "steps of the attack"),
            .integer("warm-up", \.warmUp, in: 0...100_000, "epochs over which epsilon rises to its value"),
            .choice("attack", \.attack, "how the images are found"),
            .flag("multi-noise", \.isMultiNoise, "train on all the copies that the attack averages over, not on one"),
        ]
    }

    /// m noisy copies of each image, for the attack and the objective alike.
    public var noise: TrainingNoise? { TrainingNoise(sigma: sigma, copies: copies) }

    /// The attack within ε, or within the part of ε that has been reached in the warm-up.
    public func adversary(epoch: Int) -> (any Attack)? {
        let radius = warmUp > 0 ? min(epsilon, Float(epoch + 1) * epsilon / Float(warmUp)) : epsilon
        let ball = Ball(.l2, radius: radius)
        let stepSize = 2 * radius / Float(max(1, steps))
        return switch attack {
        case .pgd:
            ProjectedGradient(ball: ball, stepSize: stepSize, steps: steps, start: .image, loss: .smoothedCrossEntropy)
        case .ddn: DecoupledDirectionAndNorm().with(\.steps, steps).with(\.initialNorm, radius).with(\.maximumNorm, radius)
        case .gradientFree: GradientFree(ball: ball).with(\.givenStepSize, stepSize).with(\.steps, steps)
        }
    }

    /// The mean of CE(f(x′ + noise), y) over the copies trained on.
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard let noise = graph.noise else {
            return try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
        }
        let used = isMultiNoise ? copies : 1
        let first = try used == copies
            ? noise : noise.sliced(from: noise.shape.map { _ in 0 }, to: graph.images.shape)
        let noisy = try graph.adversarial.repeated(used) + first
        return try graph.crossEntropy(graph.logits(of: noisy), labels: graph.labels.repeated(used))
    }
}
