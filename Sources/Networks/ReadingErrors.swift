import SuretyTensors

/// How far the numbers of a network may lie from those of the file that it was read from, if reading rounded them to single
/// precision: weights in double precision, a product with Gemm's alpha, a constant computed from others. Everything not
/// listed here is exactly as in the file.
///
/// Only proofs need this: a statement about the file's own numbers must hold for all numbers within these errors.
public struct ReadingErrors: Sendable, Equatable {
    /// For parameters that were rounded, by name, the largest difference of each element.
    public internal(set) var parameters: [String: Tensor] = [:]
    /// Names of layers in which a number other than a parameter was rounded, such as an end of a clip's interval.
    public internal(set) var layers: Set<String> = []

    /// No errors: every number is exactly the file's.
    public init() {}
}

extension Float {
    /// The largest rounding error of this number, which is itself the result of rounding to nearest.
    var roundingError: Double { 0x1p-24 * Double(magnitude) + 0x1p-149 }

    /// The smallest number that is not below `x`.
    init(roundingUp x: Double) {
        let nearest = Float(x)
        self = Double(nearest) < x ? nearest.nextUp : nearest
    }
}
