import CSuretyBoostMath
import CSuretyGSL

/// The standard normal distribution: Φ and its inverse, also rounded to the safe side.
///
///     try NormalDistribution.quantileRoundedDown(0.99)   // 2.32634787404084, never above Φ⁻¹(0.99)
///
/// GSL (Wichura's algorithm AS 241) and Boost.Math (inverse error function) are both good to a few units in the last
/// place. A rounded quantile takes the safer of the two and steps further by `margin`.
public enum NormalDistribution {
    /// The relative error that either library may make in a quantile: 16 units in the last place. The largest seen
    /// against 50 digits is 3 units.
    static let margin = 16 * Double.ulpOfOne

    /// Φ(z) = P[Z ≤ z], to nearest (a few units in the last place, also in the lower tail).
    public static func cumulative(_ z: Double) -> Double {
        GSL.silenceErrors
        return gsl_cdf_ugaussian_P(z)
    }

    /// φ(z), to nearest.
    static func density(_ z: Double) -> Double {
        gsl_sf_erf_Z(z)
    }

    /// A number at most Φ⁻¹(p), and below it by less than 1e-14 relatively; −∞ at 0, +∞ at 1.
    ///
    /// - Throws: `StatisticsError.probabilityOutOfRange`.
    public static func quantileRoundedDown(_ p: Double) throws(StatisticsError) -> Double {
        let z = try quantiles(p).min
        return z > 0 ? z * (1 - margin) : z * (1 + margin)
    }

    /// A number at least Φ⁻¹(p), and above it by less than 1e-14 relatively; −∞ at 0, +∞ at 1.
    ///
    /// - Throws: `StatisticsError.probabilityOutOfRange`.
    public static func quantileRoundedUp(_ p: Double) throws(StatisticsError) -> Double {
        let z = try quantiles(p).max
        return z > 0 ? z * (1 + margin) : z * (1 - margin)
    }

    /// Φ⁻¹(p) by Boost.Math alone, to nearest: the route `surety verify` takes.
    ///
    /// - Throws: `StatisticsError.probabilityOutOfRange`.
    public static func independentQuantile(_ p: Double) throws(StatisticsError) -> Double {
        try StatisticsError.requireProbability(p, "p")
        if p == 0 { return -.infinity }
        if p == 1 { return .infinity }
        var z = 0.0
        guard CBoostMathNormalQuantile(p, &z) == CBoostMathSuccess else {
            throw .notComputable("Boost's normal quantile of \(p)")
        }
        return z
    }

    private static func quantiles(_ p: Double) throws(StatisticsError) -> (min: Double, max: Double) {
        let boost = try independentQuantile(p)
        GSL.silenceErrors
        let gsl = gsl_cdf_ugaussian_Pinv(p)
        guard !gsl.isNaN else { throw .notComputable("GSL's normal quantile of \(p)") }
        return (Swift.min(gsl, boost), Swift.max(gsl, boost))
    }
}
