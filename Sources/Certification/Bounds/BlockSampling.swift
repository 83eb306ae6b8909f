import Foundation
import Statistics
import Tensors

/// What the estimates of L and ω are made of: which images and perturbations are looked at, and in which blocks.
///
/// The sampling set is put in an order drawn from the seed and cut into blocks; each gives one maximum. Of every image x
/// of a block and every ε of the grid, ω's blocks see these perturbations of length ε:
///
/// - along the steepest ascent of the loss, and against it;
/// - `directions` random ones: uniform on the ℓ2 sphere, or a random corner of the ℓ∞ cube;
/// - after each of these, `ascents` steps to the perturbation that the change of gradient found there points to,
///   ∇ℓ(x + v) − ∇ℓ(x), which is the slope of the error in v.
///
/// and those of every smaller ε of the grid. They are not limited to [0, 1], as equation 5 does not limit them.
public struct BlockSampling: Sendable, Equatable {
    /// The number of blocks, and so of maxima.
    public let blocks: Int
    /// Images in a block.
    public let blockSize: Int
    /// The radii at which ω is estimated, ascending.
    public let grid: [Double]
    public let directions: Int
    public let ascents: Int
    /// The probability with which the maximum of a further block exceeds the quantile taken.
    public let p: Double
    public let seed: UInt64

    /// - Parameters:
    ///   - count: Images in the sampling set, which the blocks must not exceed; when `blockSize` is nil, so many images
    ///     as there are for each block, but no more than 50.
    /// - Throws: `BoundsError.setting` that names the one outside its range.
    public init(
        of count: Int, blocks: Int = 200, blockSize: Int? = nil, grid: [Double], directions: Int = 1, ascents: Int = 1,
        p: Double = 0.001, seed: UInt64 = 0
    ) throws(BoundsError) {
        guard blocks >= ExtremeValueFit.fewest else {
            throw .setting("\(blocks) blocks: a distribution is fitted to the maxima of \(ExtremeValueFit.fewest) or more")
        }
        let size = blockSize ?? max(1, min(50, count / blocks))
        guard size >= 1 else { throw .setting("a block of \(size) images: there must be at least 1 in it") }
        guard blocks <= count / size else {
            throw .setting("""
                \(blocks) blocks of \(size) images need more than the \(count) images to sample from: take fewer \
                or smaller blocks
                """)
        }
        guard !grid.isEmpty, grid.allSatisfy({ $0 > 0 && $0.isFinite }), grid == grid.sorted() else {
            throw .setting("the grid \(grid) must hold positive numbers in ascending order")
        }
        guard directions >= 0, ascents >= 0 else {
            throw .setting("directions and ascents cannot be negative, as are \(directions) or \(ascents)")
        }
        guard p > 0, p < 1 else { throw .setting("p is \(p): it must lie strictly between 0 and 1") }
        (self.blocks, self.grid, self.directions, self.ascents) = (blocks, grid, directions, ascents)
        (self.p, self.seed) = (p, seed)
        self.blockSize = size
    }

    /// Twelve radii, each √2 times the one before, up to 2 in ℓ2 and 0.4 in ℓ∞.
    public static func usualGrid(_ norm: SmoothingSettings.Norm) -> [Double] {
        let largest = norm == .l2 ? 2.0 : 0.4
        return (0..<12).map { largest * exp2(-Double(11 - $0) / 2) }
    }

    /// The images of each block, from a sampling set of `count`.
    func blocksOfImages(of count: Int) -> [[Int]] {
        let generator = Philox(key: seed)
        let keys = (0..<count).map { image -> UInt64 in
            let words = generator.block((UInt32(image), .max, 0, GaussianNoise.Stream.bound.rawValue))
            return UInt64(words.0) << 32 | UInt64(words.1)
        }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        return (0..<blocks).map { block in Array(order[block * blockSize..<(block + 1) * blockSize]) }
    }
}
