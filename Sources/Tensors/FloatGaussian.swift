import SuretyStatistics

/// Gaussian noise as floating-point numbers, added to the image as such: the noise of runs that older versions made, and of
/// trainings. Radii under it are those of the real Gaussian, and nothing proves them for it: a sum in single precision keeps low
/// bits of the image, and a network can be built that reads them (docs/certificates.md). So no new run certifies with it.
public struct FloatGaussian: GaussianFamily {
    /// Its records name no noise: they were the first.
    public static let name = "float-gaussian"

    /// The standard deviation σ, in units of pixels in [0, 1].
    public let sigma: Double

    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶.
    public init(sigma: Double) throws(NoiseError) {
        try NoiseError.require(sigma: sigma)
        self.sigma = sigma
    }

    /// The noise whose `sigma` is what `value` gives.
    ///
    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶; what `value` throws.
    public init(_ value: (String) throws -> Double) throws { try self.init(sigma: value("sigma")) }

    /// `sigma` alone.
    public var parameters: [String: Double] { ["sigma": sigma] }

    /// Philox and Box–Muller: `GaussianNoise.name`.
    public var generator: String { GaussianNoise.name }

    /// "σ = 0.25, float", in units of pixels in [0, 1].
    public var description: String { "σ = \(sigma), float" }

    /// nil: images lie where they lie.
    public var grid: Grid? { nil }

    /// nil: it is not known.
    public func totalVariation() -> Double? { nil }

    /// `GaussianNoise` with the least σ in single precision that is not below this one.
    public func sampler(key: UInt64) -> any NoiseSampler {
        // The noise must not be weaker than σ says, for radii are multiples of σ.
        let nearest = Float(sigma)
        return GaussianNoise(key: key, sigma: Double(nearest) < sigma ? nearest.nextUp : nearest)
    }
}
