import SuretyAttacks
import SuretyGraphs

/// Cross entropy under Gaussian noise of standard deviation σ, the augmentation that makes a classifier fit for smoothing
/// (Lecuyer et al. 2019; Cohen, Rosenfeld and Kolter 2019, §3.3).
public struct GaussianTraining: Defense {
    /// `gaussian`: what the command, recipes and models' metadata call it.
    public static let name = "gaussian"
    /// What it does, in a line of `surety list defenses`.
    public static let summary = "cross entropy under Gaussian noise, for randomised smoothing"

    /// Standard deviation of the noise.
    public var sigma: Float

    /// - Parameter sigma: In units of pixels in [0, 1].
    public init(sigma: Float) { self.sigma = sigma }

    /// With σ = 0.25.
    public init() { sigma = 0.25 }

    /// σ alone.
    public static var settings: [Setting<Self>] {
        [.number("sigma", \.sigma, in: 0...100, "standard deviation of the noise")]
    }

    /// One noisy copy of each image.
    public var noise: TrainingNoise? { TrainingNoise(sigma: sigma) }

    /// The mean of CE(f(x + noise), y).
    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        let images = if let noise = graph.noise { try graph.images + noise } else { graph.images }
        return try graph.crossEntropy(graph.logits(of: images), labels: graph.labels)
    }
}
