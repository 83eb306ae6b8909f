/// How far a statement about an image can be trusted.
public enum Standing: Sendable, Equatable {
    /// True without exception for the function and the arithmetic that the method names, provided that the program is correct.
    case proven
    /// True with probability 1 − α, over the noise drawn.
    case highProbability(alpha: Double)
    /// The same, if the noise were that of the theorem. But it was drawn and added in floating point, for which nothing is
    /// proven.
    case floatNoise(alpha: Double)
    /// Extrapolated from samples; it may be false.
    case estimate

    /// The form in which records write it and readers see it.
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
