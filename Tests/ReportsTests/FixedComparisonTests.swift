import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import Testing

/// What a run that stops says of n samples for each image.
@Suite struct FixedComparisonTests {
    /// A run of one image of class 0 with these votes when it stopped.
    private func comparison(_ counts: [Int], _ certifier: Certifier) throws -> FixedComparison {
        let set = try HandMadeRuns.images(labels: [0]), record = HandMadeRuns.record(set, by: certifier)
        let certificate = Certificate(
            image: 0, imageSHA256: set.imageSHA256(at: 0), label: 0, selectionCounts: [10] + counts.dropFirst().map { _ in 0 },
            counts: counts,
            verdict: Verdict(.abstained, .bounds(pALower: 0, pBUpper: nil), confidence: 0.999, undecidedBeyond: 0), seconds: 1)
        return try #require(try FixedComparison(SmoothingRun(record: record, lines: [certificate])))
    }

    /// If the votes to come have the shares of those so far, or are all for the class, n samples certify no more than is said: by the
    /// bound of the run, also where only the bound on the second class gives a radius.
    @Test(arguments: [Certifier.Bound.twoBound, .clopperPearson], [
        [5000, 0, 0], [4990, 10, 0], [4000, 900, 100], [2600, 300, 300, 300, 300, 300, 300, 300, 300], [2400, 350, 350, 350, 350, 350, 350, 500],
    ]) func nSamplesGiveNoMore(bound: Certifier.Bound, counts: [Int]) throws {
        let n = 100_000, taken = counts.reduce(0, +)
        func certifier(_ stopping: Stopping?) throws -> Certifier {
            try Certifier(noise: .gaussian(sigma: 1), alpha: 0.001, n0: 10, n: n, bound: bound, stopping: stopping)
        }
        let comparison = try comparison(counts, certifier(.largestRadius(LargestRadius(loss: 0.05))))
        let fixed = try certifier(nil), selection = [10] + counts.dropFirst().map { _ in 0 }
        let likely = try fixed.verdict(selectionCounts: selection, counts: counts.map { $0 * (n / taken) }, dimensions: 1).radius ?? 0
        #expect(comparison.fixedMeanRadius >= likely, "\(comparison) for \(likely)")
        let best = [counts[0] + n - taken] + counts.dropFirst()
        // The certifier also subtracts how far the noise is from its law.
        let most = try fixed.verdict(selectionCounts: selection, counts: best, dimensions: 1).radius ?? 0
        #expect(comparison.fixedMeanRadius <= most + 0.001 && comparison.fixedMeanRadius < likely + 0.8, "\(comparison)")
        #expect(comparison.failureProbability == 0.002)
    }
}
