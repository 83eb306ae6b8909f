import SuretyStatistics
import Synchronization

/// Isotropic Gaussian noise N(0, σ²I), rounded to a grid: `GridNoise`. A classifier f of grid points is a classifier of all
/// real images, u ↦ f(u rounded), and at a grid point x, f(x + noise) has the law of that classifier under the real Gaussian,
/// up to `totalVariation`. So Cohen's radii hold for it: see `GaussianFamily`.
public struct Gaussian: GaussianFamily {
    /// `gaussian`.
    public static let name = "gaussian"

    /// The standard deviation σ of the Gaussian, in units of pixels in [0, 1].
    public let sigma: Double
    private let points: Grid
    private let law: LazyLaw

    /// The largest number of thresholds: more do not fit in a processor's cache, and noise that strong leaves nothing of an
    /// image.
    private static let mostThresholds = 1 << 22

    /// - Throws: `NoiseError` unless σ is positive, and 9.2σ at most 2²² steps of the grid.
    public init(sigma: Double, grid: Grid) throws(NoiseError) {
        try NoiseError.require(sigma: sigma)
        let largest = Double(Self.mostThresholds - 2) / (RoundedGaussian.reach * Double(grid.steps))
        guard sigma <= largest else {
            throw NoiseError("""
                sigma is \(sigma): on the grid \(grid) it may be at most \(largest.rounded(.down)); noise beyond that leaves \
                nothing of an image in [0, 1]
                """)
        }
        (self.sigma, points) = (sigma, grid)
        law = LazyLaw()
    }

    /// The noise with the `sigma` that `value` gives, on the grid with `grid` steps.
    ///
    /// - Throws: `NoiseError` for values that make no sense; what `value` throws.
    public init(_ value: (String) throws -> Double) throws {
        let steps = try value("grid")
        guard let whole = Int(exactly: steps) else {
            throw NoiseError("the grid has \(steps) steps from 0 to 1: the number must be whole")
        }
        try self.init(sigma: value("sigma"), grid: Grid(steps: whole))
    }

    /// Where images and noise lie; never nil.
    public var grid: Grid? { points }

    /// `sigma`, and `grid`: its steps.
    public var parameters: [String: Double] { ["sigma": sigma, "grid": Double(points.steps)] }

    /// `GridNoise.name`.
    public var generator: String { GridNoise.name }

    /// "σ = 0.25 on 1/255", in units of pixels in [0, 1].
    public var description: String { "σ = \(sigma) on \(points)" }

    /// true: the total variation is always known.
    public var isProven: Bool { true }

    /// The total variation of the thresholds' rounding, in one value of an image.
    public func totalVariation() throws(StatisticsError) -> Double? { try law.value(sigma: sigma, grid: points).totalVariation }

    /// `GridNoise`.
    public func sampler(key: UInt64) throws(StatisticsError) -> any NoiseSampler {
        GridNoise(key: key, law: try law.value(sigma: sigma, grid: points))
    }

    public static func == (a: Gaussian, b: Gaussian) -> Bool { (a.sigma, a.points) == (b.sigma, b.points) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(sigma)
        hasher.combine(points)
    }
}

/// Thresholds, computed when they are first needed: a fine grid has a million, and a report of many runs needs none.
private final class LazyLaw: Sendable {
    private let law = Mutex<GridLaw?>(nil)

    func value(sigma: Double, grid: Grid) throws(StatisticsError) -> GridLaw {
        try law.withLock { known throws(StatisticsError) in
            if let known { return known }
            let made = try GridLaw(sigma: sigma, grid: grid)
            known = made
            return made
        }
    }
}
