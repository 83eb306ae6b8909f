/// The radius inside which a Gaussian-smoothed classifier keeps its class, never overstated.
///
///     let pA = try ClopperPearson.lowerBound(successes: 99_000, trials: 100_000, alpha: 0.001)
///     try SmoothingRadius.l2(sigma: 0.25, pALower: pA)   // 0.572…: any perturbation of smaller ℓ2 norm is harmless
///
/// The smoothed classifier answers the class that the base classifier gives most often to x + N(0, σ²I). The bounds hold for
/// every base classifier: Cohen, Rosenfeld and Kolter (2019), Theorem 1. Radii are in the units of σ, and every rounding
/// error is subtracted: a printed radius is at most the true one.
public enum SmoothingRadius {
    /// σ Φ⁻¹(pA), for the top class's probability of at least `pALower`.
    ///
    /// - Returns: nil if `pALower` < ½: then nothing is certified.
    /// - Throws: `StatisticsError` for a probability outside [0, 1] or σ ≤ 0.
    public static func l2(sigma: Double, pALower: Double) throws(StatisticsError) -> Double? {
        try StatisticsError.requirePositive(sigma, "sigma")
        try StatisticsError.requireProbability(pALower, "pALower")
        guard pALower >= 0.5 else { return nil }
        return try roundedDown(sigma * NormalDistribution.quantileRoundedDown(pALower))
    }

    /// σ/2 (Φ⁻¹(pA) − Φ⁻¹(pB)), for the top class's probability of at least `pALower` and every other class's of at
    /// most `pBUpper`. Both bounds must hold together: see `VoteBounds`.
    ///
    /// - Returns: nil if `pALower` ≤ `pBUpper`: then nothing is certified.
    /// - Throws: `StatisticsError` for a probability outside [0, 1] or σ ≤ 0.
    public static func l2(sigma: Double, pALower: Double, pBUpper: Double) throws(StatisticsError) -> Double? {
        try StatisticsError.requirePositive(sigma, "sigma")
        try StatisticsError.requireProbability(pALower, "pALower")
        try StatisticsError.requireProbability(pBUpper, "pBUpper")
        guard pALower > pBUpper else { return nil }
        let zA = try NormalDistribution.quantileRoundedDown(pALower)
        let zB = try NormalDistribution.quantileRoundedUp(pBUpper)
        return roundedDown(sigma / 2 * roundedDown(zA - zB))
    }

    /// The ℓ∞ radius that an ℓ2 radius implies in `dimensions` (the number of values of an image): r/√d.
    ///
    /// - Throws: `StatisticsError.countNotPositive` for no dimensions.
    public static func linf(l2 radius: Double, dimensions: Int) throws(StatisticsError) -> Double {
        try StatisticsError.requirePositive(dimensions, "dimensions")
        // The root and the quotient are each correctly rounded: together less than two units off.
        return roundedDown(roundedDown(radius / Double(dimensions).squareRoot()))
    }

    /// One unit in the last place below the result of a correctly rounded operation, but not below zero.
    private static func roundedDown(_ result: Double) -> Double {
        max(0, result.nextDown)
    }
}

extension SmoothingRadius {
    /// The ℓ2 radius by Boost.Math alone, to nearest, for one or two bounds: the route `surety verify` takes.
    ///
    /// - Returns: nil if nothing is certified.
    /// - Throws: `StatisticsError` for a probability outside [0, 1] or σ ≤ 0.
    public static func independentL2(
        sigma: Double, pALower: Double, pBUpper: Double?
    ) throws(StatisticsError) -> Double? {
        try StatisticsError.requirePositive(sigma, "sigma")
        let zA = try NormalDistribution.independentQuantile(pALower)
        guard let pBUpper else { return pALower >= 0.5 ? sigma * zA : nil }
        let zB = try NormalDistribution.independentQuantile(pBUpper)
        return pALower > pBUpper ? sigma / 2 * (zA - zB) : nil
    }
}
