import SuretyTensors

/// How far the numbers of a network may lie from those of the file that it was read from, where reading rounded them to
/// single precision: weights in double precision, a product with Gemm's alpha, a constant computed from others. What is not
/// named here is exactly what the file says.
///
/// Only proofs ask: a statement about the file's own numbers has to hold for all that these may be.
public struct ReadingErrors: Sendable, Equatable {
    /// For parameters that were rounded, by name, the largest difference of each element.
    public internal(set) var parameters: [String: Tensor] = [:]
    /// Names of layers in which a number that is no parameter was rounded, such as an end of a clip's interval.
    public internal(set) var layers: Set<String> = []

    /// None: every number is exactly the file's.
    public init() {}
}

extension Float {
    /// The rounding error that this number, itself the result of rounding to nearest, may hide.
    var roundingError: Double { 0x1p-24 * Double(magnitude) + 0x1p-149 }

    /// The least number that is not below `x`.
    init(roundingUp x: Double) {
        let nearest = Float(x)
        self = Double(nearest) < x ? nearest.nextUp : nearest
    }
}
