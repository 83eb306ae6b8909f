import Records
import Statistics

/// PREDICT of Cohen, Rosenfeld and Kolter (2019), §3.2.1, from the counts on.
///
///     let predictor = try Predictor(settings)
///     let verdict = try predictor.verdict(counts: counts)
///
/// Answers the class with most votes if it leads the second significantly: if it is not the smoothed classifier's class,
/// that happens with probability at most α.
public struct Predictor: Sendable {
    private let n: Int
    private let α: Double

    public init(_ settings: SmoothingSettings) {
        (n, α) = (settings.n, settings.alpha)
    }

    /// What the votes predict.
    ///
    /// - Parameter counts: votes per class of the n samples.
    /// - Throws: `RunError.invalidCounts` when they do not sum to n.
    public func verdict(counts: [Int]) throws(RunError) -> Verdict {
        let counts = try VoteCounts(counts, total: n, name: "counts")
        guard let cA = counts.top() else {
            throw RunError(.invalidCounts, "counts is of no class")
        }
        let nB = counts.top(otherThan: cA).map { counts[$0] } ?? 0
        let pValue: Double
        do { pValue = try BinomialTest.pValue(counts[cA], nB) } catch { throw .invalidSettings(error) }
        let standing = Verdict.Standing.highProbability(confidence: 1 - α)
        return Verdict(pValue <= α ? .predicted(class: cA) : .abstained, .test(pValue: pValue), standing)
    }
}
