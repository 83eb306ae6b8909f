import Foundation
import SuretyRecords
import SuretyStatistics

/// What a run whose images stop by their votes spent, and at most lost, compared with n samples for each image: a bound, not
/// a guess.
///
/// The radius from n samples is that of a lower bound of pA and, with two bounds, of an upper bound of pB. It is at most what it
/// would be if all undrawn votes were for the class; and, if its bounds hold, at most the radius of an upper bound of pA and a lower
/// bound of another class's probability, which e-values give at any stop: at α/2 for the class, and at α/2 shared among the others,
/// because the votes choose which of them. All of this fails with probability 2α for each image at most.
public struct FixedComparison: Sendable, CustomStringConvertible {
    /// The samples drawn, and the number that n samples for each image would have taken.
    public let samples, fixedSamples: Int
    /// The mean certified radius of the run, where a radius counts as 0 if the class is not the label.
    public let meanRadius: Double
    /// An upper bound of that mean for n samples, by the same bound.
    public let fixedMeanRadius: Double
    /// The probability, for each image, that the bound on its radius fails, at most: 2α.
    public let failureProbability: Double

    /// - Returns: nil for a run of a fixed number of samples, or by columns, or without certificates.
    /// - Throws: `RunError` or `StatisticsError` when counts are out of range.
    public init?(_ run: SmoothingRun) throws {
        guard case .certify(let certifier) = run.record.settings.procedure, case .largestRadius = certifier.stopping,
            !run.certificates.isEmpty
        else { return nil }
        let dimensions = run.record.dimensions
        var (own, fixed) = (0.0, 0.0)
        for certificate in run.certificates {
            own += certificate.isCorrect ? certificate.verdict.radius ?? 0 : 0
            // Without samples nothing is known: n samples might give any radius.
            let taken = certificate.counts.voteSum
            _ = try VoteCounts(certificate.counts, total: min(taken, certifier.n), name: "counts")
            let selection = try VoteCounts(
                certificate.selectionCounts ?? [], total: taken > 0 ? certifier.n0 : 0, name: "selectionCounts")
            try certificate.requireClasses(selection.classCount)
            let chosen = selection.top()
            let look = taken > 0 ? chosen.map { Look(certificate.counts, of: $0) } : nil
            let (votes, runnerUp) = (look?.votes ?? 0, look?.runnerUp ?? 0)
            guard taken == 0 || chosen == certificate.label else { continue }
            let split = certifier.bound.split, n = certifier.n
            var pA = try ClopperPearson.lowerBound(
                successes: n - (taken - votes), trials: n, alpha: (split?.pAShare ?? 1) * certifier.alpha)
            var pB = try split.map { try ClopperPearson.upperBound(successes: runnerUp, trials: n, alpha: (1 - $0.pAShare) * certifier.alpha) }
            if taken > 0 {
                let level = certifier.alpha / 2
                pA = min(pA, (1 - (try EValue.lowerBound(successes: taken - votes, trials: taken, level: level))).nextUp)
                let shared = level / Double(max(1, certificate.counts.count - 1))
                pB = try pB.map { max($0, try EValue.lowerBound(successes: runnerUp, trials: taken, level: shared)) }
            }
            fixed += try certifier.noise.radius(
                in: certifier.norm, pALower: pA, pBUpper: pB.map { min($0, 1 - pA) }, dimensions: dimensions) ?? 0
        }
        samples = run.certificates.map(\.samples).voteSum
        fixedSamples = run.certificates.count * run.record.settings.samplesPerImage
        meanRadius = own / Double(run.certificates.count)
        fixedMeanRadius = fixed / Double(run.certificates.count)
        failureProbability = 2 * certifier.alpha
    }

    /// Both means in a sentence, for people.
    public var description: String {
        """
        mean certified radius \(String(format: "%.4f", meanRadius)); with all samples at most \
        \(String(format: "%.4f", fixedMeanRadius)) (with probability \(1 - failureProbability) for each image)
        """
    }
}
