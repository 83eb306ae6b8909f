import SuretyStatistics

/// Gaussian noise as floating-point numbers that are added to the image: the noise of runs by older versions, and of
/// trainings. Its radii are those of the real Gaussian, but they are not proven for this noise: a sum in single precision
/// keeps low bits of the image, and a network can be built that reads them (docs/certificates.md). So no new run certifies
/// with it.
public struct FloatGaussian: GaussianFamily {
    /// Its records, which were the first, name no noise.
    public static let name = "float-gaussian"

    /// The standard deviation σ, in units of pixels in [0, 1].
    public let sigma: Double

    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶.
    public init(sigma: Double) throws(NoiseError) {
        try NoiseError.require(sigma: sigma)
        self.sigma = sigma
    }

    /// The noise with the `sigma` that `value` gives.
    ///
    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶; what `value` throws.
    public init(_ value: (String) throws -> Double) throws { try self.init(sigma: value("sigma")) }

    /// `sigma` alone.
    public var parameters: [String: Double] { ["sigma": sigma] }

    /// Philox and Box–Muller: `GaussianNoise.name`.
    public var generator: String { GaussianNoise.name }

    /// "σ = 0.25, float", in units of pixels in [0, 1].
    public var description: String { "σ = \(sigma), float" }

    /// nil: images are not moved to a grid.
    public var grid: Grid? { nil }

    /// false, because a sum can keep bits of the image.
    public var isProven: Bool { false }

    /// nil: the total variation is not known.
    public func totalVariation() -> Double? { nil }

    /// `GaussianNoise` with the least σ in single precision that is not below this one.
    public func sampler(key: UInt64) -> any NoiseSampler {
        // The noise must not be weaker than σ says, because radii are multiples of σ.
        let nearest = Float(sigma)
        return GaussianNoise(key: key, sigma: Double(nearest) < sigma ? nearest.nextUp : nearest)
    }
}
