import SuretyGraphs
import SuretyStatistics
import SuretyTensors
import Synchronization

/// Estimates of the Lipschitz constant L of the loss ℓ and of its modulus of continuity ω, for the bounds they give for
/// each image: proposition 2.2 of Finlay and Oberman, "Scaleable input gradient regularization for adversarial robustness"
/// (2020).
///
/// L and ω are suprema over all images. Only maxima over some images are known, and these are extrapolated; an image may be
/// misclassified within either bound. They are estimates, never certificates.
public struct LossBounds: Sendable {
    /// ω at one radius.
    public struct Modulus: Sendable {
        /// The radius, one of the grid.
        public let epsilon: Double
        /// The estimate from the block maxima up to this radius.
        public let estimate: ExtremeValueEstimate
        /// What the bounds use: the estimate, but not more than is possible, and not less than at a smaller radius, because ω
        /// does not fall. nil if all estimates failed.
        public let value: Double?
        /// The spread of `value` over resamples of the blocks.
        public let spread: ClosedRange<Double>?
        /// Why the estimate failed; nil if it did not fail, or if nearly all that is possible was seen, which is then the value.
        public let failure: String?
    }

    /// What the loss is computed from.
    public let scores: LossScores
    /// Which ω this is.
    public let kind: ModulusKind
    /// The estimate of L, from the norm of the loss's gradient.
    public let lipschitz: ExtremeValueEstimate
    /// The spread of the estimate of L over resamples of the blocks.
    public let lipschitzSpread: ClosedRange<Double>?
    /// ω at each radius of the grid, ascending.
    public let modulus: [Modulus]
    /// The constants that the bounds of images rest on; nil if nothing can be estimated.
    public let constants: LossConstants?
    /// The same, from blocks resampled with replacement (the bootstrap).
    public let resampled: [LossConstants]

    /// - Parameters:
    ///   - maxima: The maxima of a loss that is not saturated.
    ///   - diameter: No radius exceeds it.
    init(
        _ maxima: BlockMaxima, scores: LossScores, sampling: BlockSampling, diameter: Double, threads: Int
    ) throws {
        let (p, grid, kind) = (sampling.p, sampling.grid, sampling.modulus)
        let resamples = Bootstrap.resamples(sampling.resamples, count: sampling.blocks) {
            PhiloxGenerator(key: sampling.seed, .max - 1, $0, RandomStream.bound.rawValue)
        }
        // L first, then ω at each radius: each thread takes one after the other.
        let all = [maxima.gradientNorms] + grid.indices.map { radius in maxima.errors.map { $0[radius] } }
        let resolutions = [(maxima.gradientNorms.max() ?? 0) * BlockMaxima.precision]
            + grid.map { _ in maxima.largestScore * BlockMaxima.precision }
        let next = Mutex(0)
        let found = Mutex([(ExtremeValueEstimate, [LossConstants.Estimate])?](repeating: nil, count: all.count))
        try onThreads(threads) {
            while let place = next.withLock({ next -> Int? in
                defer { next += 1 }
                return next < all.count ? next : nil
            }) {
                let estimate = try ExtremeValueEstimate(maxima: all[place], p: p, resolution: resolutions[place])
                let drawn = try resamples.map { try estimate.resampled($0) }
                found.withLock { $0[place] = (estimate, drawn) }
            }
        }
        let estimates = found.withLock { $0.compactMap(\.self) }
        func constants(_ value: (Int) -> LossConstants.Estimate) -> LossConstants {
            LossConstants(
                lipschitz: value(0).value, grid: grid, modulus: grid.indices.map { value($0 + 1) }, kind: kind, scores: scores,
                diameter: diameter)
        }
        let used = constants { (estimates[$0].0.value ?? 0, all[$0].max() ?? 0) }
        let resampled = resamples.indices.map { number in constants { estimates[$0].1[number] } }
        (self.scores, self.kind, self.constants, self.resampled) = (scores, kind, used, resampled)
        lipschitz = estimates[0].0
        lipschitzSpread = Bootstrap.spread(of: resampled.map(\.lipschitz))
        modulus = grid.indices.map { radius in
            let estimate = estimates[radius + 1].0
            let possible = LossConstants.possible(kind, scores, lipschitz: used.lipschitz, epsilon: grid[radius])
            let isReached = LossConstants.isReached(possible, by: all[radius + 1].max() ?? 0)
            return Modulus(
                epsilon: grid[radius], estimate: estimate, value: used.modulus[radius],
                spread: Bootstrap.spread(of: resampled.map { $0.modulus[radius] }),
                failure: isReached ? nil : estimate.failure)
        }
    }

    /// Estimates that failed altogether.
    init(failure: String, scores: LossScores, sampling: BlockSampling) {
        let failed = ExtremeValueEstimate(failure: failure)
        (self.scores, kind, lipschitz, lipschitzSpread) = (scores, sampling.modulus, failed, nil)
        modulus = sampling.grid.map { Modulus(epsilon: $0, estimate: failed, value: nil, spread: nil, failure: failure) }
        (constants, resampled) = (nil, [])
    }

    /// What failed and why, one line each; empty if nothing failed.
    public var failures: [String] {
        guard constants != nil else { return lipschitz.failure.map { ["L and \(kind.symbol): \($0)"] } ?? [] }
        var lines = lipschitz.failure.map { ["L: \($0)"] } ?? []
        let failed = modulus.compactMap { it in it.failure.map { (it.epsilon, $0) } }
        if let (epsilon, failure) = failed.first {
            lines.append("\(kind.symbol) at \(failed.count) of \(modulus.count) radii, from \(epsilon) on: \(failure)")
        }
        return lines
    }

    /// How a figure that rests on L and ω varies over the resamples.
    public func spread(of figure: (LossConstants) -> Double) -> ClosedRange<Double>? {
        Bootstrap.spread(of: resampled.map(figure))
    }
}
