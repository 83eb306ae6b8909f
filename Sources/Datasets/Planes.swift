import SuretyRecords

/// PLANES: two parallel planes of one dimension, one class each, in a space of many (Khoury and Hadfield-Menell, Adversarial
/// training with Voronoi constraints, §5).
///
/// The first plane lies in x_d = 0, the second in x_d = 2; along them −10 ≤ x ≤ 10, and all other coordinates are 0.
/// Training samples sit at the vertices of a grid of side 2/√k, k the planes' dimension (√2 for the paper's two), test
/// samples at the centres of its cubes: Euclidean balls of radius 1 around the training samples cover the planes, and no
/// perturbation below 1 takes a point beyond x_d = 1, half-way.
///
/// As images they are 1×1×d, and pixels are in [0, 1]: pixel = (x + 32)/64. That leaves 22 on each side of the planes, so
/// that perturbations do not reach the limits. Coordinates are rounded to multiples of 2⁻¹⁸, with which this map and its
/// inverse are exact in single precision. A network that begins with the normalisation by `mean` and `standardDeviation` sees
/// the coordinates themselves, and lengths in pixels are those of the planes times `pixelsPerUnit`.
///
///     let planes = try Planes(codimension: 10)
///     let network = try Architecture.mlp.network(imageShape: planes.shape, classCount: 2, seed: 0)
///         .normalised(mean: [Planes.mean], standardDeviation: [Planes.standardDeviation])
public struct Planes: Sendable, Hashable {
    /// The pixel of the coordinate 0.
    public static let mean: Float = 0.5
    /// What normalisation divides by.
    public static let standardDeviation: Float = pixelsPerUnit
    /// A length of 1 in units of pixels.
    public static let pixelsPerUnit: Float = 1 / 64

    /// The dimension of each plane.
    public let dimension: Int
    /// The dimensions of the space beyond the planes' own.
    public let codimension: Int

    /// - Parameter dimension: 1, 2 or 3; with more the grid has too many vertices.
    /// - Throws: `DatasetError` for a dimension out of range, or a codimension that is not positive or beyond a million.
    public init(dimension: Int = 2, codimension: Int) throws(DatasetError) {
        guard (1...3).contains(dimension) else {
            throw DatasetError(.unsupported, "PLANES has planes of dimension 1, 2 or 3, not \(dimension).")
        }
        guard (1...1_000_000).contains(codimension) else {
            throw DatasetError(.unsupported, "PLANES needs a codimension from 1 to 1000000, not \(codimension).")
        }
        self.dimension = dimension
        self.codimension = codimension
    }

    /// Channels, height, width.
    public var shape: [Int] { [1, 1, dimension + codimension] }

    /// The samples of a split: the first plane's before the second's, with the last coordinate along the planes varying fastest.
    public func images(_ split: Split) throws(DatasetError) -> LabelledImages {
        let side = 2 / Double(dimension).squareRoot()
        let cubes = Int(20 / side)
        let axis = switch split {
        case .train: (0...cubes).map { -10 + Double($0) * side }
        case .test: (0..<cubes).map { -10 + (Double($0) + 0.5) * side }
        }
        var points: [[Double]] = [[]]
        for _ in 0..<dimension { points = points.flatMap { point in axis.map { point + [$0] } } }
        let between = Array(repeating: 0.0, count: codimension - 1)
        let pixels = [0.0, 2.0].flatMap { height in
            points.flatMap { ($0 + between + [height]).map(Self.pixel) }
        }
        return try LabelledImages(
            name: "planes-\(dimension)-\(codimension)", split: split, pixels: .float32(pixels), count: 2 * points.count,
            shape: shape, labels: [0, 1].flatMap { Array(repeating: $0, count: points.count) }, classCount: 2,
            source: "PLANES")
    }

    private static func pixel(_ coordinate: Double) -> Float {
        let rounded = (coordinate * 0x1p18).rounded() * 0x1p-18
        return Float((rounded + 32) / 64)
    }
}
