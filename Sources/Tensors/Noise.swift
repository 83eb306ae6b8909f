import SuretyStatistics

/// The noise that smoothing adds to an image. It belongs to some family, which may be your own.
///
///     let noise = try Noise.gaussian(sigma: 0.25)
///     noise.parameters   // ["sigma": 0.25, "grid": 255], as records hold it
///     try noise.radius(in: .l2, pALower: 0.99, pBUpper: nil, dimensions: 784)   // 0.58…
///
/// A new family is one file that conforms to `NoiseFamily`, here or in a package of your own. To be readable from records, it
/// must be listed in `families`.
public struct Noise: Sendable {
    /// What this noise is; all else follows from it.
    public let family: any NoiseFamily

    /// The families that records may name: Surety's, and your own while you read, continue, share, merge or verify runs with
    /// them. It is a value of the task, or of the thread outside tasks.
    ///
    ///     try Noise.$families.withValue(Noise.families + [Laplace.self]) { try SmoothingRun(of: directory) }
    @TaskLocal public static var families: [any NoiseFamily.Type] = [Gaussian.self, FloatGaussian.self]

    /// Noise of this family.
    public init(_ family: some NoiseFamily) { self.family = family }

    /// The noise of a record.
    ///
    /// - Parameters:
    ///   - name: The family's.
    ///   - value: The value of a parameter.
    /// - Throws: `NoiseError` for a family that is not one of `families`, or a value that makes no sense; what `value` throws.
    public init(named name: String, _ value: (String) throws -> Double) throws {
        guard let family = Self.families.first(where: { $0.name == name }) else {
            throw NoiseError("""
                the noise "\(name)" is not known here: \(Self.families.map { $0.name }.joined(separator: ", ")) are, and a \
                program makes its own known with Noise.$families; unless it was altered, the record is whole
                """)
        }
        self.init(try family.init(value))
    }

    /// Gaussian noise on a grid.
    ///
    /// - Parameter grid: Where images and noise lie; images elsewhere are rounded, and the distance is taken off their radii.
    /// - Throws: `NoiseError` unless σ is positive, and 9.2σ at most 2²² steps of the grid.
    public static func gaussian(sigma: Double, grid: Grid = .levels8) throws(NoiseError) -> Noise {
        Noise(try Gaussian(sigma: sigma, grid: grid))
    }

    /// The total variation, in an image of `dimensions` values, between the noise drawn and that of the theorem, rounded up:
    /// the largest error of every probability. 0 if nothing is proven, because then it is not known.
    public func totalVariation(dimensions: Int) throws(StatisticsError) -> Double {
        guard let variation = try family.totalVariation(), variation > 0 else { return 0 }
        return (variation * Double(dimensions)).nextUp
    }

    /// Whether radii are proven for the noise as actually drawn.
    public var isProven: Bool { family.isProven }

    /// Whether records name its family: the first records knew only one.
    public var isNamed: Bool { !(family is FloatGaussian) }
}

extension Noise: Hashable {
    public static func == (a: Noise, b: Noise) -> Bool { AnyHashable(a.family) == AnyHashable(b.family) }

    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(family)) }
}

/// A family of noise: how it is drawn, what records call it, and the radius it gives.
public protocol NoiseFamily: Sendable, Hashable, CustomStringConvertible {
    /// Its name in records.
    static var name: String { get }

    /// Its parameters, by their names in records.
    var parameters: [String: Double] { get }

    /// The noise with the parameters that `value` gives.
    init(_ value: (String) throws -> Double) throws

    /// How it is drawn, in words precise enough to write another generator; a change of any bit must change them.
    var generator: String { get }

    /// The grid on which images and noise lie, and which images are rounded to; nil if they are floating-point numbers.
    var grid: Grid? { get }

    /// The standard deviation of the noise of one pixel, in units of pixels in [0, 1].
    var standardDeviation: Double { get }

    /// Whether the radius is proven for the noise as actually drawn.
    var isProven: Bool { get }

    /// The total variation, in one value of an image, between the noise that is drawn and the noise that the radius is proven
    /// for, rounded to the grid; not understated. nil if it is not known, and nothing is proven.
    func totalVariation() throws(StatisticsError) -> Double?

    /// The source that draws it with this key.
    func sampler(key: UInt64) throws(StatisticsError) -> any NoiseSampler

    /// The source of the copies that an attack on the smoothed classifier averages over. Nothing is proven with them, so they
    /// need not have the same bits as those of `sampler`.
    func attackSampler(key: UInt64) throws(StatisticsError) -> any NoiseSampler

    /// The radius inside which the smoothed classifier keeps its class, rounded down.
    ///
    /// - Parameters:
    ///   - pALower: A lower bound of the class's probability.
    ///   - pBUpper: An upper bound of every other class's probability; nil to use `pALower` alone.
    ///   - dimensions: The number of values of an image.
    /// - Returns: nil if nothing is certified.
    func radius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double?

    /// The same radius, computed by another library and rounded to nearest: the route `surety verify` takes.
    func independentRadius(
        in norm: Norm, pALower: Double, pBUpper: Double?, dimensions: Int
    ) throws(StatisticsError) -> Double?
}

extension NoiseFamily {
    /// Whether the total variation is known.
    public var isProven: Bool { (try? totalVariation()) != nil }
    /// `sampler`.
    public func attackSampler(key: UInt64) throws(StatisticsError) -> any NoiseSampler { try sampler(key: key) }
}

/// Draws noisy copies of images: sample s of image i has the same numbers in every batch, on every thread and after every resume.
public protocol NoiseSampler: Sendable {
    /// Copies of an image.
    ///
    /// - Parameter index: Keys the noise, like the image's index in its data set.
    func copies(of image: [Float], index: Int) -> any NoisyCopies
}

/// The noisy copies of one image: it, or the nearest image on the grid, plus noise that does not depend on it. They are not
/// limited to [0, 1].
public protocol NoisyCopies {
    /// Fills a row, which is as long as the image, with the copy of this number.
    func draw(_ sample: Int, stream: RandomStream, to row: Row)
}

extension Noise: CustomStringConvertible {
    /// Such as `σ = 0.25 on 1/255`.
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

/// The reason why there is no such noise.
public struct NoiseError: Error, CustomStringConvertible, Equatable, Sendable {
    /// What is wrong.
    public let description: String

    /// An error with these words.
    public init(_ description: String) { self.description = description }
}
