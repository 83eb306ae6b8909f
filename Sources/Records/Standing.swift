/// How far a statement on an image may be trusted.
public enum Standing: Sendable, Equatable {
    /// True without exception for the function and the arithmetic that the method names, as far as the program is right.
    case proven
    /// True with probability 1 − α, over the noise drawn.
    case highProbability(alpha: Double)
    /// The same, were the noise that of the theorem: it was drawn and added in floating point, for which nothing is proven.
    case floatNoise(alpha: Double)
    /// Extrapolated from samples; it may be false.
    case estimate

    /// How records write it, and readers know it.
    public var name: String {
        switch self {
        case .proven: "proven"
        case .highProbability: "highProbability"
        case .floatNoise: "float noise: not proven"
        case .estimate: "estimate"
        }
    }

    /// α; nil for proofs and estimates.
    public var alpha: Double? {
        switch self {
        case .highProbability(let alpha), .floatNoise(let alpha): alpha
        case .proven, .estimate: nil
        }
    }
}
