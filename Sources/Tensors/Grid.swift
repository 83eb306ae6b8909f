/// The multiples of 1/steps, on which a smoothed classifier's images and their noise lie.
///
/// A sum of floating-point numbers keeps low bits of both, which a network can read; a sum of two points of a grid is a point
/// of the grid and nothing else. docs/certificates.md explains it.
///
///     Grid.levels8.points(of: [0, 0.5, 1])       // [0, 128, 255]
///     Grid.levels8.contains([0, 1 / 255, 0.5])   // false
///
/// A pixel counts as the point k/steps if it is the single-precision number nearest to it.
public struct Grid: Sendable, Hashable {
    /// The number of points from 0 to 1, not counting the first.
    public let steps: Int

    /// The levels of 8-bit images, k/255.
    public static let levels8 = Grid(255)
    /// The levels of 16-bit images, k/65535: those of 8-bit images are among them.
    public static let levels16 = Grid(65535)

    private init(_ steps: Int) { self.steps = steps }

    /// - Throws: `NoiseError` unless `steps` lies between 1 and 65535.
    public init(steps: Int) throws(NoiseError) {
        guard (1...65535).contains(steps) else {
            throw NoiseError("the grid has \(steps) steps from 0 to 1: the number must lie between 1 and 65535")
        }
        self.init(steps)
    }

    /// The point k/steps as networks see it: the nearest number in single precision.
    public func value(of point: Int32) -> Float { Float(point) / Float(steps) }

    /// The nearest points, with ties away from zero; values outside [−64, 64] are limited to it, and NaN counts as 0.
    public func points(of pixels: [Float]) -> [Int32] {
        let steps = Double(steps)
        return pixels.map { $0.isNaN ? 0 : Int32((min(max(Double($0), -64), 64) * steps).rounded()) }
    }

    /// The nearest image on the grid.
    public func rounded(_ pixels: [Float]) -> [Float] { points(of: pixels).map(value) }

    /// Whether every pixel is a point.
    public func contains(_ pixels: some Sequence<Float>) -> Bool {
        let steps = Float(steps)
        return pixels.allSatisfy { ($0 * steps).rounded() / steps == $0 }
    }

    /// How far an image is from the nearest one on the grid, rounded up; 0 if every pixel is a point.
    public func distance(from pixels: [Float], in norm: Norm) -> Double {
        // Differences are exact except for the rounding of k/steps.
        let differences = zip(pixels, points(of: pixels)).lazy.map { pixel, point in
            pixel == value(of: point) ? 0 : abs(Double(pixel) - Double(point) / Double(steps)) + max(1, Double(abs(point)) / Double(steps)) * 0x1p-52
        }
        let length = norm.length(of: differences)
        // A sum of d terms has a relative error of less than d·2⁻⁵³, and its root half of that.
        return length.isNaN ? .infinity : length == 0 ? 0 : (length * (1 + Double(pixels.count + 4) * 0x1p-53)).nextUp
    }
}

extension Grid: CustomStringConvertible {
    /// Its step, such as `1/255`.
    public var description: String { "1/\(steps)" }
}
