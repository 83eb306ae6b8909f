import SuretyStatistics

/// A Gaussian, however it is drawn, and the radius that it gives: the smoothed classifier keeps its class within σ/2 (Φ⁻¹(pA)
/// − Φ⁻¹(pB)) in ℓ2 (Cohen, Rosenfeld and Kolter 2019, theorem 1), and so within that divided by √d in ℓ∞.
public protocol GaussianFamily: NoiseFamily {
    /// The standard deviation σ, in units of pixels in [0, 1].
    var sigma: Double { get }
}

extension GaussianFamily {
    /// σ.
    public var standardDeviation: Double { sigma }

    /// Floating-point numbers whatever the grid: `GaussianNoise` with the σ in single precision that is nearest to this one.
    public func attackSampler(key: UInt64) -> any NoiseSampler { GaussianNoise(key: key, sigma: Float(sigma)) }

    /// σ/2 (Φ⁻¹(pA) − Φ⁻¹(pB)), or σ Φ⁻¹(pA) without `pBUpper`, in ℓ2. In another norm, the radius of that norm's largest ball inside
    /// this ℓ2 ball: in ℓ∞, the ℓ2 radius divided by √`dimensions`. Rounded down.
    public func radius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double? {
        let l2 = if let pBUpper {
            try SmoothingRadius.l2(sigma: sigma, pALower: pALower, pBUpper: pBUpper)
        } else {
            try SmoothingRadius.l2(sigma: sigma, pALower: pALower)
        }
        guard let l2 else { return nil }
        return try norm.radius(insideL2: l2, dimensions: dimensions)
    }

    /// The same radius by Boost.Math, rounded to nearest.
    public func independentRadius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double? {
        let l2 = try SmoothingRadius.independentL2(sigma: sigma, pALower: pALower, pBUpper: pBUpper)
        return l2.map { $0 / Norm.l2.largestLength(ofUnitIn: norm, dimensions: dimensions) }
    }
}

extension NoiseError {
    /// Far beyond any use, and well within the range of single precision.
    private static let largestSigma = 1e6

    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶.
    static func require(sigma: Double) throws(NoiseError) {
        guard sigma > 0, sigma.isFinite else { throw NoiseError("sigma is \(sigma): it must be positive and finite") }
        guard sigma <= largestSigma else {
            throw NoiseError("""
                sigma is \(sigma): it may be at most \(largestSigma); noise beyond that leaves nothing of an image in [0, 1]
                """)
        }
    }
}
