import Records
import Statistics
import Tensors

/// CERTIFY of Cohen, Rosenfeld and Kolter (2019), §3.2.2, from the counts on.
///
///     let certifier = try Certifier(settings, dimensions: 784)
///     let verdict = try certifier.verdict(selectionCounts: counts0, counts: counts)
///
/// The class is chosen by samples of their own: with the samples that also bound its probability the bound would not
/// hold. A wrong choice costs an abstention, never a false certificate.
public struct Certifier: Sendable {
    private let n0: Int
    private let n: Int
    private let σ: Double
    private let α: Double
    private let bound: SmoothingSettings.Bound
    private let norm: Norm
    private let dimensions: Int

    /// - Parameter dimensions: the number of values of an image, which the ℓ∞ radius depends on.
    /// - Throws: `RunError.invalidSettings` for settings that only predict, or no dimensions.
    public init(_ settings: SmoothingSettings, dimensions: Int) throws(RunError) {
        guard case .certify(let n0, let bound, let norm) = settings.procedure else {
            throw RunError(.invalidSettings, "these settings are for predictions: they certify nothing")
        }
        guard dimensions >= 1 else {
            throw RunError(.invalidSettings, "an image has \(dimensions) values: it must have at least 1")
        }
        (self.n0, n, σ, α) = (n0, settings.n, settings.sigma, settings.alpha)
        (self.bound, self.norm, self.dimensions) = (bound, norm, dimensions)
    }

    /// What the votes certify.
    ///
    /// - Parameters:
    ///   - selectionCounts: votes per class of the n₀ samples that choose the class.
    ///   - counts: votes per class of the n samples that bound its probability.
    /// - Throws: `RunError.invalidCounts` when they do not sum to n₀ and n.
    public func verdict(selectionCounts: [Int], counts: [Int]) throws(RunError) -> Verdict {
        let counts0 = try VoteCounts(selectionCounts, total: n0, name: "selectionCounts")
        let counts = try VoteCounts(counts, total: n, name: "counts")
        guard counts0.classCount == counts.classCount, let cA = counts0.top() else {
            throw RunError(.invalidCounts, "selectionCounts and counts are of different numbers of classes")
        }
        do {
            let nB = counts.top(otherThan: cA).map { counts[$0] } ?? 0
            let bounds = try VoteBounds(
                votes: counts[cA], runnerUp: bound == .twoBound ? nB : nil, samples: n, alpha: α)
            return try verdict(
                cA, bounds.l2Radius(sigma: σ), .bounds(pALower: bounds.pALower, pBUpper: bounds.pBUpper))
        } catch {
            throw .invalidSettings(error)
        }
    }

    private func verdict(
        _ answer: Int, _ l2: Double?, _ evidence: Verdict.Evidence
    ) throws(StatisticsError) -> Verdict {
        let standing = Verdict.Standing.highProbability(confidence: 1 - α)
        guard let l2 else { return Verdict(.abstained, evidence, standing) }
        let radius = norm == .l2 ? l2 : try SmoothingRadius.linf(l2: l2, dimensions: dimensions)
        return Verdict(.certified(class: answer, radius: radius, norm: norm), evidence, standing)
    }
}

extension RunError {
    static func invalidSettings(_ error: StatisticsError) -> RunError {
        RunError(.invalidSettings, error.description)
    }
}
