import Foundation

/// The generalised extreme value distribution: the only one that the maximum of many independent numbers can tend to,
/// once shifted and scaled (Fisher and Tippett 1928; Coles, An Introduction to Statistical Modeling of Extreme Values,
/// 2001, theorem 3.1.1).
///
///     P[X ≤ x] = exp(−(1 + ξ(x − μ)/σ)^(−1/ξ)),   exp(−exp(−(x − μ)/σ)) at ξ = 0
///
/// with shape ξ, location μ and scale σ. Below 0 the shape gives an upper end point μ − σ/ξ, above 0 a heavy upper tail.
/// scipy's c is −ξ. At ξ = 0 all functions pass continuously into Gumbel's.
public struct GeneralisedExtremeValue: Sendable, Equatable, Codable {
    /// ξ.
    public let shape: Double
    /// μ.
    public let location: Double
    /// σ > 0.
    public let scale: Double

    /// - Throws: `StatisticsError` unless all are finite and the scale is positive.
    public init(shape: Double, location: Double, scale: Double) throws(StatisticsError) {
        try StatisticsError.requirePositive(scale, "the scale")
        for (name, value) in [("the shape", shape), ("the location", location)] where !value.isFinite {
            throw .notFinite(name: name, value: value)
        }
        (self.shape, self.location, self.scale) = (shape, location, scale)
    }

    /// The logarithm of the density; −∞ outside the support.
    public func logDensity(_ x: Double) -> Double {
        Self.standardLogDensity((x - location) / scale, shape: shape) - log(scale)
    }

    /// The density at x.
    public func density(_ x: Double) -> Double { exp(logDensity(x)) }

    /// P[X ≤ x].
    public func cumulative(_ x: Double) -> Double {
        let z = (x - location) / scale
        guard 1 + shape * z > 0 else { return shape > 0 ? 0 : 1 }
        return exp(-exp(-Self.reduced(z, shape: shape)))
    }

    /// The x with P[X > x] = p.
    ///
    /// - Throws: `StatisticsError.levelOutOfRange` unless 0 < p < 1.
    public func upperQuantile(_ p: Double) throws(StatisticsError) -> Double {
        try StatisticsError.requireLevel(p, "p")
        // −ln(−ln(1 − p)) is Gumbel's quantile t, and (e^(ξt) − 1)/ξ is that of the shape ξ.
        let t = -log(-log1p(-p))
        let a = shape * t
        return location + scale * (abs(a) < 1e-300 ? t : t * (expm1(a) / a))
    }

    /// ln(1 + ξz)/ξ: it has Gumbel's distribution when z has the standardised one.
    private static func reduced(_ z: Double, shape: Double) -> Double {
        let a = shape * z
        return abs(a) < 1e-300 ? z : z * (log1p(a) / a)
    }

    /// The logarithm of the density for μ = 0 and σ = 1; −∞ outside the support.
    static func standardLogDensity(_ z: Double, shape: Double) -> Double {
        guard 1 + shape * z > 0 else { return -.infinity }
        let t = reduced(z, shape: shape)
        return -(1 + shape) * t - exp(-t)
    }
}
