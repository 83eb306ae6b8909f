import CSuretyBoostMath

/// The law of a Gaussian rounded to the multiples of 1/steps, as whole numbers of 64 bits.
///
///     let law = try RoundedGaussian(sigma: 0.25, steps: 255)
///     law.tails[0]         // 2⁶⁴ P[Gaussian > ½/255], rounded
///     law.totalVariation   // 1.1·10⁻¹⁷: what rounding these numbers changes in the law
///
/// Computed with 128 bits by Boost.Multiprecision, by Taylor's series from one to the next, and with erfc at every 512th,
/// which the series must match. A number too near to a rounding boundary to be certain is refused.
public struct RoundedGaussian: Sendable, Equatable {
    /// 2⁶⁴ P[Gaussian > (k − ½)/steps], correctly rounded, for k = 1, 2, … up to the last one that is not 0.
    public let tails: [UInt64]
    /// The total variation between the rounded Gaussian and the law with these tails, rounded up.
    public let totalVariation: Double

    /// How far out tails can be nonzero, in units of σ: 2⁶⁴ P[Gaussian > 9.2σ] < ½.
    public static let reach = 9.2

    /// - Throws: `StatisticsError` unless σ is positive and finite and `steps` at least 1.
    public init(sigma: Double, steps: Int) throws(StatisticsError) {
        try StatisticsError.requirePositive(sigma, "sigma")
        try StatisticsError.requirePositive(steps, "steps")
        let room = Self.reach * sigma * Double(steps) + 2
        guard let steps = UInt32(exactly: steps), room < 0x1p31 else { throw .notComputable("noise of σ = \(sigma) on 1/\(steps)") }
        var count = Int(room), variation = 0.0
        var tails = [UInt64](repeating: 0, count: count)
        guard CBoostMathRoundedGaussian(sigma, steps, &tails, &count, &variation) == CBoostMathSuccess else {
            throw .notComputable("noise of σ = \(sigma) on 1/\(steps)")
        }
        self.tails = Array(tails.prefix(count))
        totalVariation = variation
    }
}
