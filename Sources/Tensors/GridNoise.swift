import CSuretyKernels
import SuretyStatistics

/// Gaussian noise on a grid, in whole numbers: the real Gaussian after rounding, up to `totalVariation`. It does not use any
/// result of a floating-point operation, so it is the same on every machine, and carries no hidden bits of the image.
///
/// The law, with q = 1/steps: of 64 random bits the first is the sign, and V the other 63; |Z| = #{k ≥ 1 : V < S_k} with
/// S_k = 2⁶⁴ P[Gaussian > (k − ½)q], rounded (`RoundedGaussian`).
///
/// Where the bits come from, in blocks of Philox with the counter (block, sample, image, stream): value 128c + 32k + 2l + h
/// of an image takes the first 16 from half h (0: the low one) of word k of block 16c + l. These usually decide. If not,
/// value i takes the other 48 from block 2³¹ + i: word 0, then the high half of word 1. examples/noise does the same in
/// Python.
public struct GridNoise: NoiseSampler {
    /// Name under which results record how noise was made; a change of any integer must change it.
    public static let name = "\(Philox.name), Gaussian rounded to a grid, thresholds of 64 bits, version 2"

    private let key: UInt64
    private let law: GridLaw

    init(key: UInt64, law: GridLaw) { (self.key, self.law) = (key, law) }

    /// The nearest image on the grid, of which noisy copies can be drawn.
    public func copies(of image: [Float], index: Int) -> any NoisyCopies {
        GridCopies(key: key, law: law, image: UInt32(index), points: law.grid.points(of: image))
    }

    /// Z of the values of one sample, in steps of the grid.
    public func integers(count: Int, sample: UInt32, image: UInt32, stream: RandomStream) -> [Int32] {
        let counter = surety_noise_counter(sample: sample, image: image, stream: stream.rawValue)
        let zeros = [Int32](repeating: 0, count: count)
        return [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
            surety_add_grid_noise(law.kernel, counter, key, zeros, buffer.baseAddress, count)
            filled = count
        }
    }
}

private struct GridCopies: NoisyCopies {
    let key: UInt64
    let law: GridLaw
    let image: UInt32
    let points: [Int32]

    func draw(_ sample: Int, stream: RandomStream, to row: Row) {
        precondition(row.count == points.count, "a copy needs as much room as the image")
        let counter = surety_noise_counter(sample: UInt32(sample), image: image, stream: stream.rawValue)
        surety_draw_noisy_image(law.kernel, counter, key, points, Float(law.grid.steps), row.pointer, points.count)
    }
}

/// The thresholds of noise on a grid, ready for the kernels.
final class GridLaw: Sendable {
    let grid: Grid
    let totalVariation: Double
    // The kernels only read the memory it points to.
    nonisolated(unsafe) let kernel: OpaquePointer

    init(sigma: Double, grid: Grid) throws(StatisticsError) {
        let gaussian = try RoundedGaussian(sigma: sigma, steps: grid.steps)
        guard let kernel = surety_grid_law_make(gaussian.tails, UInt32(gaussian.tails.count), sigma * Double(grid.steps)) else {
            throw .notComputable("noise of σ = \(sigma) on \(grid), because there is not enough memory,")
        }
        (self.grid, self.kernel, totalVariation) = (grid, kernel, gaussian.totalVariation)
    }

    deinit { surety_grid_law_free(kernel) }
}
