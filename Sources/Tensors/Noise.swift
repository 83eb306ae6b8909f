import SuretyStatistics

/// The noise that smoothing adds to an image.
///
///     let noise = try Noise.gaussian(sigma: 0.25)
///     noise.parameters   // ["sigma": 0.25], as records hold it
///     try noise.radius(in: .l2, pALower: 0.99, pBUpper: nil, dimensions: 784)   // 0.58…
///
/// A new family is one file that conforms to `NoiseFamily`, with its case and its name here.
public enum Noise: Sendable, Hashable {
    /// Isotropic Gaussian noise.
    case gaussian(Gaussian)

    /// What this noise is; all else follows from it.
    public var family: any NoiseFamily {
        switch self {
        case .gaussian(let gaussian): gaussian
        }
    }

    /// The noise of a record.
    ///
    /// - Parameters:
    ///   - name: The family's; nil is Gaussian noise, which records of the first form do not name.
    ///   - value: The value of a parameter.
    /// - Throws: `NoiseError` for a family that does not exist, or a value that makes no sense; what `value` throws.
    public init(named name: String?, _ value: (String) throws -> Double) throws {
        switch name {
        case nil, Gaussian.name: self = .gaussian(try Gaussian(value))
        case let name?: throw NoiseError("there is no noise \"\(name)\" in this version of Surety")
        }
    }

    /// - Throws: `NoiseError` unless 0 < σ ≤ 10⁶.
    public static func gaussian(sigma: Double) throws(NoiseError) -> Noise { .gaussian(try Gaussian(sigma: sigma)) }
}

/// A family of noise: how it is drawn, what records call it, and the radius it gives.
public protocol NoiseFamily: Sendable, Hashable, CustomStringConvertible {
    /// Its name in records.
    static var name: String { get }

    /// How it is drawn, in words precise enough to write another generator; a change of any bit must change them.
    static var generator: String { get }

    /// Its parameters, by their names in records.
    var parameters: [String: Double] { get }

    /// The noise with the parameters that `value` gives.
    init(_ value: (String) throws -> Double) throws

    /// The standard deviation of the noise of one pixel, in units of pixels in [0, 1].
    var standardDeviation: Double { get }

    /// What draws it from the seed `key`.
    func sampler(key: UInt64) -> any NoiseSampler

    /// The radius inside which the smoothed classifier keeps its class, rounded down.
    ///
    /// - Parameters:
    ///   - pALower: What the class's probability is at least.
    ///   - pBUpper: What every other class's is at most; nil to conclude from `pALower` alone.
    ///   - dimensions: The number of values of an image.
    /// - Returns: nil where nothing is certified.
    func radius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double?

    /// The same radius by another library and rounded to nearest: the route `surety verify` takes.
    func independentRadius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double?
}

/// Draws noise: sample s of image i is the same numbers in every batch, on every thread and after every resume.
public protocol NoiseSampler: Sendable {
    /// Writes `image` and the noise of one sample to `output`, which has as many elements.
    func add(
        to image: UnsafeBufferPointer<Float>, sample: UInt32, image index: UInt32, stream: RandomStream,
        output: UnsafeMutableBufferPointer<Float>)
}

extension NoiseSampler {
    /// Adds the noise of one sample to an image where it lies.
    public func add(to image: Row, sample: UInt32, image index: UInt32, stream: RandomStream) {
        add(
            to: .init(start: image.pointer, count: image.count), sample: sample, image: index, stream: stream,
            output: .init(start: image.pointer, count: image.count))
    }

    /// Makes a row the noise of one sample alone.
    public func draw(_ row: Row, sample: UInt32, image index: UInt32, stream: RandomStream) {
        row.fill(with: 0)
        add(to: row, sample: sample, image: index, stream: stream)
    }

    /// Makes rows the noise of consecutive samples of some images: sample after sample, and in each a row for each image.
    public func draw(_ rows: Images, for images: [Int], firstSample: Int, stream: RandomStream) {
        for (place, row) in rows.enumerated() {
            draw(
                row, sample: UInt32(firstSample + place / images.count), image: UInt32(images[place % images.count]),
                stream: stream)
        }
    }
}

extension Noise: CustomStringConvertible {
    /// Such as `σ = 0.25`.
    public var description: String { family.description }

    /// Its parameters, by their names in records.
    public var parameters: [String: Double] { family.parameters }

    /// The radius inside which the smoothed classifier keeps its class, rounded down: `NoiseFamily`.
    public func radius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double? {
        try family.radius(in: norm, pALower: pALower, pBUpper: pBUpper, dimensions: dimensions)
    }
}

/// Why there is no such noise.
public struct NoiseError: Error, CustomStringConvertible, Equatable, Sendable {
    /// What is wrong.
    public let description: String

    /// An error with these words.
    public init(_ description: String) { self.description = description }
}
