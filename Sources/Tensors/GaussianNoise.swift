import CSuretyKernels

/// Isotropic Gaussian noise, keyed by seed, image, stream and sample: sample s of image i is the same
/// numbers in every batch, on every thread and after every resume, and has the same bits on every
/// processor.
///
/// Each block of Philox gives four normal values by the Box–Muller transform in single precision, from
/// uniform numbers of 32 bits: |z| is at most 6.77, and z differs from the exact transform of the
/// same uniform numbers by less than 10⁻⁶·max(1, |z|).
public struct GaussianNoise: NoiseSampler, Hashable {
    /// Name under which results record how noise was made; a change of any bit must change it.
    public static let name = "\(Philox.name), Box–Muller in Float32, version 1"

    /// The seed.
    public let key: UInt64

    /// Standard deviation, in units of pixels in [0, 1].
    public let sigma: Float

    /// - Parameters:
    ///   - key: The seed.
    ///   - sigma: The standard deviation, in units of pixels in [0, 1].
    public init(key: UInt64, sigma: Float) {
        self.key = key
        self.sigma = sigma
    }

    /// Writes `image` + σ·z, with z the noise of one sample, to `output`, which has as many elements.
    public func add(
        to image: UnsafeBufferPointer<Float>, sample: UInt32, image index: UInt32, stream: RandomStream,
        output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(image.count == output.count, "noise needs as much room as the image")
        let counter = surety_noise_counter(sample: sample, image: index, stream: stream.rawValue)
        surety_add_noise(counter, key, sigma, image.baseAddress, output.baseAddress, image.count)
    }
}
