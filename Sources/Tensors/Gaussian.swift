import SuretyStatistics

/// Isotropic Gaussian noise N(0, σ²I), and its law: the smoothed classifier keeps its class within σ/2 (Φ⁻¹(pA) − Φ⁻¹(pB)) in ℓ2
/// (Cohen, Rosenfeld and Kolter 2019, theorem 1), and so within that by √d in ℓ∞.
public struct Gaussian: NoiseFamily {
    /// `gaussian`, in records; records of the first form do not name it.
    public static let name = "gaussian"
    /// Philox and Box–Muller: `GaussianNoise.name`.
    public static let generator = GaussianNoise.name

    /// The standard deviation σ, in units of pixels in [0, 1].
    public let sigma: Double

    /// Far beyond any use, and far from the range of single precision.
    private static let largestSigma = 1e6

    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶.
    public init(sigma: Double) throws(NoiseError) {
        guard sigma > 0, sigma.isFinite else { throw NoiseError("sigma is \(sigma): it must be positive and finite") }
        guard sigma <= Self.largestSigma else {
            throw NoiseError("sigma is \(sigma): beyond \(Self.largestSigma) nothing of an image in [0, 1] is left")
        }
        self.sigma = sigma
    }

    /// The noise whose `sigma` is what `value` gives.
    ///
    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶; what `value` throws.
    public init(_ value: (String) throws -> Double) throws { try self.init(sigma: value("sigma")) }

    /// `sigma` alone.
    public var parameters: [String: Double] { ["sigma": sigma] }

    /// σ as the noise has it, in units of pixels in [0, 1]: "σ = 0.25".
    public var description: String { "σ = \(sigma)" }

    /// σ.
    public var standardDeviation: Double { sigma }

    /// `GaussianNoise` with the least σ in single precision that is not below this one.
    public func sampler(key: UInt64) -> any NoiseSampler {
        // The noise must not be weaker than σ says, for radii are multiples of σ.
        let nearest = Float(sigma)
        return GaussianNoise(key: key, sigma: Double(nearest) < sigma ? nearest.nextUp : nearest)
    }

    /// σ/2 (Φ⁻¹(pA) − Φ⁻¹(pB)), or σ Φ⁻¹(pA) without `pBUpper`, in ℓ2, and that divided by √`dimensions` in ℓ∞; rounded down.
    public func radius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double? {
        let l2 = if let pBUpper {
            try SmoothingRadius.l2(sigma: sigma, pALower: pALower, pBUpper: pBUpper)
        } else {
            try SmoothingRadius.l2(sigma: sigma, pALower: pALower)
        }
        guard let l2 else { return nil }
        return norm == .l2 ? l2 : try SmoothingRadius.linf(l2: l2, dimensions: dimensions)
    }

    /// The same radius by Boost.Math, rounded to nearest.
    public func independentRadius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double? {
        let l2 = try SmoothingRadius.independentL2(sigma: sigma, pALower: pALower, pBUpper: pBUpper)
        return norm == .l2 ? l2 : l2.map { $0 / Double(dimensions).squareRoot() }
    }
}
