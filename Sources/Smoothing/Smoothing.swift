import SuretyRecords
import SuretyStatistics
import SuretyTensors

// Randomized smoothing (Cohen, Rosenfeld and Kolter, "Certified adversarial robustness via randomized smoothing", 2019). A
// base classifier f gives the smoothed one, g(x) = argmax_c P[f(x + noise) = c] (equation 1). g cannot be computed; CERTIFY
// and PREDICT say about it what votes under noise allow. The probability that they are wrong is bounded, and they may
// abstain.

/// CERTIFY (§3.2.2): a class and a radius, from the votes of f on noisy copies of x.
///
/// > With probability at least 1 − α over the noise drawn: if this gives the class c and the radius R, g(x′) = c for every x′
/// > nearer to x than R, whatever function f is. (Theorem 1 and proposition 2.)
///
/// Here f is what the program computes at the points of a grid; for any other image, it is taken at the nearest point. Noise
/// is drawn on that grid. docs/certificates.md has the proof, and what it says about images that are not on it.
///
///     let certifier = try Certifier(noise: .gaussian(sigma: 0.25), alpha: 0.001, n0: 100, n: 100_000)
///     let verdict = try certifier.verdict(selectionCounts: counts0, counts: counts, dimensions: 784)
public struct Certifier: Sendable, Equatable {
    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public let noise: Noise
    /// α: the probability with which the statement on an image may be wrong.
    public let alpha: Double
    /// Noisy samples that choose the class, and those that bound its probability.
    public let n0, n: Int
    /// One bound at level α, or two that share it.
    public let bound: Bound
    /// The norm in which the radius is measured.
    public let norm: Norm
    /// When an image has enough samples, at most n; nil for the largest radius that n samples certify, looked at once.
    public internal(set) var stopping: Stopping?
    /// The numbers of samples at which images that stop have a last bound: the earlier limits of the run, and n.
    public let caps: [Int]
    /// The radii to decide; nil if the largest is wanted.
    public var columns: Columns? { if case .columns(let columns) = stopping { columns } else { nil } }

    /// - Parameter earlierCaps: What n was before the run was given more samples, rising.
    /// - Throws: `RunError.invalidSettings` that names the setting outside its range.
    public init(
        noise: Noise, alpha: Double, n0: Int, n: Int, bound: Bound = .twoBound, norm: Norm = .l2, stopping: Stopping? = nil,
        earlierCaps: [Int] = []
    ) throws(RunError) {
        (self.noise, self.alpha, self.n0, self.n, self.bound, self.norm) = (noise, alpha, n0, n, bound, norm)
        (self.stopping, self.caps) = (stopping, earlierCaps + [n])
        try requireSense()
    }

    /// What the votes of n samples certify, looked at once.
    ///
    /// - Parameters:
    ///   - selectionCounts: Votes per class of the n₀ samples.
    ///   - counts: Votes per class of the n samples.
    ///   - dimensions: The number of values of an image, which the radius in some norms depends on.
    ///   - rounding: How far the image is from the one on the noise's grid that was classified, in the norm of the radius,
    ///     from which it is subtracted.
    /// - Throws: `RunError.invalidCounts` when they do not sum to n₀ and n.
    public func verdict(
        selectionCounts: [Int], counts: [Int], dimensions: Int, rounding: Double = 0
    ) throws(RunError) -> Verdict {
        let counts0 = try VoteCounts(selectionCounts, total: n0, name: "selectionCounts")
        let counts = try VoteCounts(counts, total: n, name: "counts")
        // Separate samples choose the class: if the same samples also bounded its probability, the bound would not hold. A
        // wrong choice costs an abstention, never a false certificate.
        guard counts0.classCount == counts.classCount, let cA = counts0.top() else {
            throw RunError(.invalidCounts, "selectionCounts and counts have different numbers of classes")
        }
        let nB = counts.top(otherThan: cA).map { counts[$0] } ?? 0
        let bounds: VoteBounds, radius: Double?
        do throws(StatisticsError) {
            let drawn = if let split = bound.split {
                try VoteBounds(votes: counts[cA], runnerUp: nB, samples: n, alpha: alpha, split: split)
            } else {
                try VoteBounds(votes: counts[cA], samples: n, alpha: alpha)
            }
            bounds = drawn.charged(try noise.totalVariation(dimensions: dimensions))
            radius = try noise.radius(
                in: norm, pALower: bounds.pALower, pBUpper: bounds.pBUpper, dimensions: dimensions)
        } catch {
            throw RunError(.invalidSettings, error.description)
        }
        let remaining = rounding == 0 ? radius : radius.flatMap { $0 > rounding ? ($0 - rounding).nextDown : nil }
        return Verdict(
            remaining.map { .certified(class: cA, radius: $0, norm: norm) } ?? .abstained,
            .bounds(pALower: bounds.pALower, pBUpper: bounds.pBUpper), confidence: 1 - alpha)
    }
}

/// PREDICT (§3.2.1): a class, from the votes of f on noisy copies of x, or an abstention.
///
/// > With probability at least 1 − α over the noise drawn this answers g(x), or abstains. (Proposition 1.)
public struct Predictor: Sendable, Equatable {
    /// The noise that is added to copies of an image, whose pixels are in [0, 1].
    public let noise: Noise
    /// α: the largest probability of answering a class that is not g(x).
    public let alpha: Double
    /// Noisy samples.
    public let n: Int

    /// - Throws: `RunError.invalidSettings` that names the setting outside its range.
    public init(noise: Noise, alpha: Double, n: Int) throws(RunError) {
        try SmoothingSettings.require(alpha: alpha)
        try SmoothingSettings.require(samples: n, "n is \(n): there must be")
        (self.noise, self.alpha, self.n) = (noise, alpha, n)
    }

    /// What the votes predict: the class with most of them, if it leads the second significantly.
    ///
    /// - Parameters:
    ///   - counts: Votes per class of the n samples.
    ///   - dimensions: The number of values of an image.
    /// - Throws: `RunError.invalidCounts` when they do not sum to n.
    public func verdict(counts: [Int], dimensions: Int) throws(RunError) -> Verdict {
        let counts = try VoteCounts(counts, total: n, name: "counts")
        guard let cA = counts.top() else { throw RunError(.invalidCounts, "counts has no classes") }
        let nB = counts.top(otherThan: cA).map { counts[$0] } ?? 0
        let pValue: Double
        do throws(StatisticsError) {
            // If a law is off by the variation, n samples together are off by n times as much.
            let variation = try noise.totalVariation(dimensions: dimensions) * Double(n)
            let drawn = try BinomialTest.pValue(counts[cA], nB)
            pValue = variation == 0 ? drawn : min(1, (drawn + variation.nextUp).nextUp)
        } catch { throw RunError(.invalidSettings, error.description) }
        return Verdict(
            pValue <= alpha ? .predicted(class: cA) : .abstained, .test(pValue: pValue), confidence: 1 - alpha)
    }
}
