import Foundation

/// What certificates that each hold with probability 1 − α say about a whole test set.
///
/// Some of m certificates may be wrong, and nobody knows which. Each is wrong with probability at most α, independently,
/// so the number of wrong ones is below a binomial variable, and by Bernstein's inequality the fraction of them is, with
/// probability 1 − ρ, at most α + √(2α(1−α) ln(1/ρ)/m) + ln(1/ρ)/(3m). The appendix of Cohen, Rosenfeld and Kolter (2019)
/// has it without the factor 2 under the root. It is needed: without it the statement fails more often than ρ for large m.
public enum TestSetStatement {
    /// A lower bound of the fraction of images whose certificate is both correct and true.
    ///
    ///     try TestSetStatement.accuracyLowerBound(certifiedAccuracy: 0.943, alpha: 0.001, images: 10_000, rho: 0.01)
    ///
    /// - Parameters:
    ///   - certifiedAccuracy: the fraction of the images with a correct certificate of at least the radius in question.
    ///   - alpha: the failure probability of one certificate.
    ///   - images: the number m of images.
    ///   - rho: the failure probability of this statement.
    /// - Returns: a number in [0, 1].
    /// - Throws: `StatisticsError` for a fraction outside [0, 1], a level outside (0, 1) or no images.
    public static func accuracyLowerBound(
        certifiedAccuracy: Double, alpha: Double, images m: Int, rho: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireProbability(certifiedAccuracy, "certifiedAccuracy")
        return try max(0, certifiedAccuracy - wrongFractionUpperBound(alpha: alpha, images: m, rho: rho))
    }

    /// The fraction of `images` certificates that the wrong ones exceed with probability at most `rho`.
    ///
    /// - Throws: as `accuracyLowerBound`.
    public static func wrongFractionUpperBound(
        alpha: Double, images m: Int, rho: Double
    ) throws(StatisticsError) -> Double {
        try StatisticsError.requireLevel(alpha, "alpha")
        try StatisticsError.requireLevel(rho, "rho")
        try StatisticsError.requirePositive(m, "images")
        let perImage = log(1 / rho) / Double(m)
        return alpha + (2 * alpha * (1 - alpha) * perImage).squareRoot() + perImage / 3
    }
}
