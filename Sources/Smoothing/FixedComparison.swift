import Foundation
import SuretyRecords
import SuretyStatistics

/// What a run whose images stop by their votes spent, and at most lost, compared with n samples for each image: a bound, not
/// a guess.
///
/// Cohen's radius from n samples is that of a lower bound of pA. It is at most what it would be if all undrawn votes were for
/// the class; and, with probability 1 − α for each image, at most the radius of an upper bound of pA, which the mirrored
/// e-value gives at any stop.
public struct FixedComparison: Sendable, CustomStringConvertible {
    /// The samples drawn, and the number that n samples for each image would have taken.
    public let samples, fixedSamples: Int
    /// The mean certified radius of the run, where a radius counts as 0 if the class is not the label.
    public let meanRadius: Double
    /// An upper bound of that mean for n samples with the bound of the class alone.
    public let fixedMeanRadius: Double
    /// The probability, for each image, that the bound on its radius fails.
    public let alpha: Double

    /// - Returns: nil for a run of a fixed number of samples, or by columns, or without certificates.
    /// - Throws: `StatisticsError` when counts are out of range.
    public init?(_ run: SmoothingRun) throws {
        guard case .certify(let certifier) = run.record.settings.procedure, case .largestRadius = certifier.stopping,
            !run.certificates.isEmpty
        else { return nil }
        let dimensions = run.record.dimensions
        var (own, fixed) = (0.0, 0.0)
        for certificate in run.certificates {
            own += certificate.isCorrect ? certificate.verdict.radius ?? 0 : 0
            // Without samples nothing is known: n samples might give any radius.
            let taken = certificate.counts.reduce(0, +)
            let chosen = try VoteCounts(
                certificate.selectionCounts ?? [], total: taken > 0 ? certifier.n0 : 0, name: "selectionCounts").top()
            let votes = taken > 0 ? chosen.map { certificate.counts[$0] } ?? 0 : 0
            guard taken == 0 || chosen == certificate.label else { continue }
            var pA = try ClopperPearson.lowerBound(
                successes: certifier.n - (taken - votes), trials: certifier.n, alpha: certifier.alpha)
            if taken > 0 {
                pA = min(pA, (1 - (try EValue.lowerBound(successes: taken - votes, trials: taken, level: certifier.alpha))).nextUp)
            }
            fixed += try certifier.noise.radius(in: certifier.norm, pALower: pA, pBUpper: nil, dimensions: dimensions) ?? 0
        }
        samples = run.certificates.reduce(0) { $0 + $1.samples }
        fixedSamples = run.certificates.count * run.record.settings.samplesPerImage
        meanRadius = own / Double(run.certificates.count)
        fixedMeanRadius = fixed / Double(run.certificates.count)
        alpha = certifier.alpha
    }

    /// Both means in a sentence, for people.
    public var description: String {
        """
        mean certified radius \(String(format: "%.4f", meanRadius)); with all samples, and the bound of the class alone, at most \
        \(String(format: "%.4f", fixedMeanRadius)) (with probability \(1 - alpha) for each image)
        """
    }
}
