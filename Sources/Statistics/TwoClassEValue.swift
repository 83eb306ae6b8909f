import CSuretyGSL
import Foundation

/// Evidence that a class leads another one by enough for a radius; it stays valid however often one looks.
///
/// Of N votes, A are for the class, B for one other class, and C = N − A − B for all the rest. Let the three have the
/// probabilities a, b and 1 − a − b. The two-bound radius is at most r if Φ⁻¹(a) − Φ⁻¹(b) ≤ D, with D = 2r/σ. The evidence
/// against this hypothesis is
///
/// > E = [B(A+½, B+½, C+½) / B(½, ½, ½)] / sup { a^A b^B (1−a−b)^C : Φ⁻¹(a) − Φ⁻¹(b) ≤ D }
///
/// with B the multivariate beta function: a mixture over all (a, b), by Jeffreys' distribution, over the likelihood that speaks
/// best for the hypothesis. Whichever (a, b) in the hypothesis is true, E is at most a martingale that begins at 1, and P[E ≥
/// 1/α at any N] ≤ α.
///
/// r is certified if E ≥ 1/α against every other class. Requiring this of all classes costs no α: one of them is the true
/// runner-up, and for an error its E must have reached 1/α.
///
/// Where A/N and B/N lie outside the hypothesis, the supremum is on its boundary: a = Φ(u+D), b = Φ(u), u ≤ −D/2. There the
/// logarithm of the likelihood is concave in u (Φ is log-concave, and so is 1 − a − b = P[u < Z < −u−D], by Prékopa's theorem),
/// so that its maximum lies below any two tangents on either side of it.
public enum TwoClassEValue {
    /// ln E, never overstated; −∞ if the shares of the votes themselves lie in the hypothesis.
    ///
    /// - Parameters:
    ///   - votes: A.
    ///   - other: B.
    ///   - samples: N.
    ///   - gap: D = 2r/σ ≥ 0.
    /// - Throws: `StatisticsError` for counts out of range or a gap that is not a number of at least 0.
    public static func logarithm(
        votes A: Int, other B: Int, samples N: Int, gap D: Double
    ) throws(StatisticsError) -> Double {
        try require(A, B, N, D)
        GSL.silenceErrors
        guard try excludes(A, B, N, D) else { return -.infinity }
        let (a, b, c) = (Double(A), Double(B), Double(N - A - B))
        var (first, second) = (gsl_sf_result(), gsl_sf_result())
        guard gsl_sf_lnbeta_e(a + 0.5, b + 0.5, &first) == Int32(GSL_SUCCESS),
            gsl_sf_lnbeta_e(a + b + 1, c + 0.5, &second) == Int32(GSL_SUCCESS)
        else { throw .notComputable("ln B(\(A) + 1/2, \(B) + 1/2, \(N - A - B) + 1/2)") }
        let mixture = first.val + second.val - normalisation
        let rounding = 16 * Double.ulpOfOne * (abs(first.val) + abs(second.val) + normalisation) + 2 * (first.err + second.err)
        let logarithm = mixture - rounding - Boundary(a: a, b: b, c: c, gap: D).logSupremum()
        // Far outside every certificate's gaps the likelihood underflows: then nothing is excluded.
        return logarithm.isNaN ? -.infinity : logarithm
    }

    /// ln E against every other class: the smallest of them.
    ///
    /// - Parameters:
    ///   - votes: the votes for the class.
    ///   - others: those for each other class; together with `votes` they are all samples.
    /// - Throws: as `logarithm(votes:other:samples:gap:)`.
    public static func logarithm(votes A: Int, others: [Int], gap: Double) throws(StatisticsError) -> Double {
        var samples = A
        for other in others {
            let (sum, overflow) = samples.addingReportingOverflow(other)
            guard !overflow, other >= 0 else { throw .countsOutOfRange(successes: other, trials: samples) }
            samples = sum
        }
        var least = Double.infinity
        for other in Set(others) { least = min(least, try logarithm(votes: A, other: other, samples: samples, gap: gap)) }
        return least
    }

    /// ln B(½, ½, ½) = ln 2π.
    static let normalisation = log(2 * Double.pi)

    static func require(_ A: Int, _ B: Int, _ N: Int, _ D: Double) throws(StatisticsError) {
        try StatisticsError.requireCounts(A, of: N)
        try StatisticsError.requireCounts(B, of: N)
        guard B <= N - A else { throw .countsOutOfRange(successes: B, trials: N - A) }
        guard D >= 0, D.isFinite else { throw .notPositive(name: "gap", value: D) }
    }

    /// Whether Φ⁻¹(A/N) − Φ⁻¹(B/N) > D, with certainty.
    static func excludes(_ A: Int, _ B: Int, _ N: Int, _ D: Double) throws(StatisticsError) -> Bool {
        if A == 0 { return false }
        if B == 0 || A == N { return true }
        let zA = try NormalDistribution.quantileRoundedDown((Double(A) / Double(N)).nextDown)
        let zB = try NormalDistribution.quantileRoundedUp((Double(B) / Double(N)).nextUp)
        return (zA - zB).nextDown > D
    }
}

/// The likelihood on the boundary of the hypothesis, ℓ(u) = A ln Φ(u+D) + B ln Φ(u) + C ln(Φ(−u−D) − Φ(u)), u ≤ −D/2.
private struct Boundary {
    let a, b, c: Double
    let gap: Double

    /// sup ℓ, never too small.
    func logSupremum() -> Double {
        // Without votes for the rest, ℓ grows up to the end, where a + b = 1.
        guard c > 0 else { return value(-gap / 2).above }
        var (low, high) = (-gap / 2 - 40, -gap / 2)
        var (u, slopeAtLow) = (high - 1, Double.infinity)
        for _ in 0..<200 {
            let here = slope(u)
            if here.value > 0 { (low, slopeAtLow) = (u, here.value) } else { high = u }
            // Near enough if the tangent at the left end, extended to the right end, adds less than rounding does.
            if slopeAtLow * (high - low) <= (a + b + c) * .ulpOfOne { break }
            // Newton's step and a little more, so that the maximum soon lies between two nearby points.
            u -= here.value / here.derivative * (1 + 1 / 64)
            if !(u > low && u < high) { u = low + (high - low) / 2 }
        }
        let rise = slopeAtLow.isFinite ? slopeAtLow : max(0, slope(low).value)
        return value(low).above + rise * (high - low) * 2
    }

    /// ℓ(u) with every rounding error added.
    private func value(_ u: Double) -> (value: Double, above: Double) {
        let lnA = logCumulative(u + gap), lnB = b > 0 ? logCumulative(u) : 0
        let notA = NormalDistribution.cumulative(-u - gap), pB = NormalDistribution.cumulative(u)
        // The difference may have lost digits; the amount by which it may be too small is added.
        let rest = max(0, notA - pB) + 16 * Double.ulpOfOne * notA
        let terms = [a * lnA, b * lnB, c > 0 ? c * log(rest) : 0]
        let value = terms.reduce(0, +)
        // u + D is rounded, by less than 64 units in the last place of 1, which changes ℓ by an amount that its slope bounds.
        let shifted = (a * hazard(u + gap) + b * hazard(u)) * 64 * Double.ulpOfOne
        return (value, value + shifted + terms.reduce(0) { $0 + abs($1) } * 32 * Double.ulpOfOne)
    }

    /// ℓ′(u) and ℓ″(u).
    private func slope(_ u: Double) -> (value: Double, derivative: Double) {
        let rest = NormalDistribution.cumulative(-u - gap) - NormalDistribution.cumulative(u)
        guard rest > 0 else { return (-.infinity, -.infinity) }
        let (densityA, densityB) = (NormalDistribution.density(u + gap), NormalDistribution.density(u))
        let (hazardA, hazardB, falling) = (hazard(u + gap), hazard(u), (densityA + densityB) / rest)
        let bending = falling * falling - ((u + gap) * densityA + u * densityB) / rest
        return (
            a * hazardA + b * hazardB - c * falling,
            -a * hazardA * (u + gap + hazardA) - b * hazardB * (u + hazardB) - c * bending
        )
    }

    /// ln Φ(z).
    private func logCumulative(_ z: Double) -> Double {
        z > 0 ? log1p(-NormalDistribution.cumulative(-z)) : gsl_sf_log_erfc(-z / 2.0.squareRoot()) - M_LN2
    }

    /// φ(z)/Φ(z).
    private func hazard(_ z: Double) -> Double { gsl_sf_hazard(-z) }
}
