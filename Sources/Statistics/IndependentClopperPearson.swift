import CSuretyBoostMath

/// The same bounds by a route that shares no code with the one that makes certificates: Boost.Math's inverse incomplete
/// beta function. `surety verify` recomputes every bound this way.
extension ClopperPearson {
    /// How far, relatively, a lower bound may lie below the independent one.
    public static let lowerAgreement = 1e-9

    /// How far, relatively, an upper bound at level `alpha` may lie above the independent one.
    public static func upperAgreement(alpha: Double) -> Double {
        1e-7 + 1e-15 / alpha
    }

    /// The lower bound by Boost.Math, to nearest.
    ///
    /// - Throws: `StatisticsError` for counts out of range or a level outside (0, 1), or when Boost does not converge.
    public static func independentLowerBound(
        successes k: Int, trials n: Int, alpha: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(k, of: n)
        try StatisticsError.requireLevel(alpha, "alpha")
        if k == 0 { return 0 }
        var bound = 0.0
        guard CBoostMathBetaInverse(Double(k), Double(n - k + 1), alpha, &bound) == CBoostMathSuccess else {
            throw .notComputable("Boost's lower bound for \(k) of \(n) at \(alpha)")
        }
        return bound
    }

    /// The upper bound by Boost.Math, to nearest.
    ///
    /// - Throws: as `independentLowerBound`.
    public static func independentUpperBound(
        successes k: Int, trials n: Int, alpha: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireCounts(k, of: n)
        try StatisticsError.requireLevel(alpha, "alpha")
        if k == n { return 1 }
        var bound = 0.0
        guard CBoostMathBetaComplementInverse(Double(k + 1), Double(n - k), alpha, &bound) == CBoostMathSuccess else {
            throw .notComputable("Boost's upper bound for \(k) of \(n) at \(alpha)")
        }
        return bound
    }
}
