import CSuretyKernels

/// Isotropic Gaussian noise in floating point, keyed by seed, image, stream and sample: sample s of image i has the same
/// numbers in every batch, on every thread and after every resume, and the same bits on every processor.
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

    /// Adds σ·z to an image in place, where z is the noise of one sample.
    public func add(to image: Row, sample: UInt32, image index: UInt32, stream: RandomStream) {
        let counter = surety_noise_counter(sample: sample, image: index, stream: stream.rawValue)
        surety_add_noise(counter, key, sigma, image.pointer, image.pointer, image.count)
    }

    /// Fills a row with the noise of one sample.
    public func draw(_ row: Row, sample: UInt32, image index: UInt32, stream: RandomStream) {
        row.fill(with: 0)
        add(to: row, sample: sample, image: index, stream: stream)
    }

    /// Fills rows with the noise of consecutive samples of some images: sample after sample, with a row for each image.
    public func draw(_ rows: Images, for images: [Int], firstSample: Int, stream: RandomStream) {
        for (place, row) in rows.enumerated() {
            draw(
                row, sample: UInt32(firstSample + place / images.count), image: UInt32(images[place % images.count]),
                stream: stream)
        }
    }

    /// Copies of an image, with σ·z added.
    public func copies(of image: [Float], index: Int) -> any NoisyCopies {
        FloatCopies(noise: self, image: image, index: UInt32(index))
    }
}

private struct FloatCopies: NoisyCopies {
    let noise: GaussianNoise
    let image: [Float]
    let index: UInt32

    func draw(_ sample: Int, stream: RandomStream, to row: Row) {
        row.set(image)
        noise.add(to: row, sample: UInt32(sample), image: index, stream: stream)
    }
}
