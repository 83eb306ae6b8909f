import Graphs

/// Cross entropy on the images as they are, or under Gaussian noise of standard deviation σ, the augmentation that makes a
/// classifier fit for smoothing (Lecuyer et al. 2019; Cohen, Rosenfeld and Kolter 2019, §3.3).
public struct StandardTraining: Defense {
    public static let name = "standard"

    /// Standard deviation of the noise; 0 for none.
    public var sigma: Float

    public init(sigma: Float = 0) { self.sigma = sigma }

    public var parameters: [String: String] { sigma > 0 ? ["sigma": "\(sigma)"] : [:] }

    public var noise: TrainingNoise? { sigma > 0 ? TrainingNoise(sigma: sigma) : nil }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        let images = if let noise = graph.noise { try graph.images + noise } else { graph.images }
        return try graph.crossEntropy(graph.logits(of: images), labels: graph.labels)
    }
}
