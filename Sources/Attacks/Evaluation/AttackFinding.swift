import Tensors

/// What attacks found on one image, judged apart from them.
public struct AttackFinding: Sendable, Equatable {
    /// The image's index in its data set.
    public let image: Int
    public let label: Int
    /// The class of the image as it is; nil where the classifier gives none.
    public let cleanClass: Int?
    /// The class of the adversarial image; nil where the classifier gives none, as a smoothed one that abstains.
    public let adversarialClass: Int?
    /// Whether the class is not the label, within the radius if there is one. Where it is not for the image as it is, that is
    /// a success at distance 0.
    public let isSuccess: Bool
    /// The attack that found the nearest adversarial image; of several the first. Nil where none was needed or none succeeded.
    public let attack: String?
    /// The radius at which it did, where it was given one.
    public let radius: Double?
    /// Euclidean and largest change, of pixels in [0, 1]; 0 where nothing was found.
    public let l2, linf: Double
    /// The exact Wasserstein distance for images of mass 1, and by which part the mass is off, for attacks that move mass.
    public let transport: WassersteinDistance.Transport?
    /// How often the network was evaluated on the image, in all attacks together.
    public let queries: Int
    /// Whether the gradient that some attack follows was zero on an image it tried: such an attack says little there.
    public let hasVanishedGradient: Bool
    /// The adversarial image [C, H, W], or the image itself where none was found.
    public let adversarial: [Float]
    /// What came of each attempt that is measured, in their order; none for an image that is misclassified as it is.
    public let measurements: [Measurement]

    /// What came of one attempt on an image, found or not.
    public struct Measurement: Sendable, Equatable {
        /// The radius it was given.
        public let radius: Double?
        /// −log softmax at the label, of the image proposed; nil where the logits are not finite.
        public let crossEntropy: Double?
        /// The image's distance, in what the attack was to keep small.
        public let distance: Double
        /// The part by which its mass is off, for attacks that move mass.
        public let massError: Double?
        /// Whether it is misclassified, within the radius if there is one.
        public let isSuccess: Bool
    }

    /// The distance in which the attack was to be small.
    public func distance(in distance: AttackDistance) -> Double {
        switch distance {
        case .ball(.l2): l2
        case .ball(.linf): linf
        case .wasserstein: transport?.cost ?? 0
        }
    }
}

/// What an attack keeps small.
public enum AttackDistance: Sendable, Equatable {
    case ball(Norm)
    /// For images of mass 1.
    case wasserstein(GroundCost)
}
