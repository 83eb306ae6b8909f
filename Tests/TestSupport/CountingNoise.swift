import SuretyTensors

/// A family of noise from outside Surety that shows where it comes from: every value of sample s of image i moves by s + i/32 steps.
/// Nothing is certified with it.
public struct CountingNoise: NoiseFamily {
    public static let name = "counting"

    public let step: Double

    public init(step: Double) { self.step = step }

    public init(_ value: (String) throws -> Double) throws { self.init(step: try value("step")) }

    /// What is added to each value of the image.
    public func value(sample: Int, index: Int) -> Float { Float(step) * (Float(sample) + Float(index) / 32) }

    public var parameters: [String: Double] { ["step": step] }
    public var generator: String { "sample + image/32" }
    public var description: String { "counting in steps of \(step)" }
    public var grid: Grid? { nil }
    public var standardDeviation: Double { step }

    public func totalVariation() -> Double? { nil }

    public func sampler(key: UInt64) -> any NoiseSampler { CountingSampler(noise: self) }

    public func radius(in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int) -> Double? { nil }

    public func independentRadius(in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int) -> Double? { nil }
}

private struct CountingSampler: NoiseSampler {
    let noise: CountingNoise

    func copies(of image: [Float], index: Int) -> any NoisyCopies { CountingCopies(noise: noise, image: image, index: index) }
}

private struct CountingCopies: NoisyCopies {
    let noise: CountingNoise
    let image: [Float]
    let index: Int

    func draw(_ sample: Int, stream: RandomStream, to row: Row) {
        row.fill { image[$0] + noise.value(sample: sample, index: index) }
    }
}
