import Foundation
import SuretyStatistics
import SuretyTensors

/// What the estimates of L and ω are made from: which images and perturbations are examined, and in which blocks.
///
/// The sampling set is put in an order drawn from the seed and cut into blocks; each gives one maximum. For every image x
/// of a block and every ε of the grid, `ModulusKind.paper` sees `directions` perturbations drawn uniformly from the ball,
/// and `.sharp` these of length ε:
///
/// - one along the steepest ascent of the loss at the smallest radius, and at each later one the worst found at the one before;
/// - `directions` random ones: uniform on the ℓ2 sphere, or a random corner of the ℓ∞ cube;
/// - after each of these, `ascents` steps to the perturbation to which the gradient found there, ∇ℓ(x + v), points.
///
/// Both also see those of every smaller ε of the grid. They are not limited to [0, 1], because equation 5 does not limit them.
public struct BlockSampling: Sendable, Equatable {
    /// The number of blocks, and so of maxima.
    public let blocks: Int
    /// Images in a block.
    public let blockSize: Int
    /// The radii at which ω is estimated, ascending.
    public let grid: [Double]
    /// Which ω is estimated.
    public let modulus: ModulusKind
    /// Random perturbations of each image at each radius.
    public let directions: Int
    /// Steps of ascent after each perturbation; 0 for `.paper`.
    public let ascents: Int
    /// The probability that the maximum of a further block exceeds the quantile used.
    public let p: Double
    /// The seed of the order of images, of their perturbations and of the resamples.
    public let seed: UInt64
    /// How often blocks are drawn again, to see how much the estimates vary.
    public let resamples: Int

    /// - Parameters:
    ///   - count: Images in the sampling set, which the blocks must not exceed; when `blockSize` is nil, each block has as
    ///     many images as possible, but no more than 50.
    ///   - ascents: nil means 1 for `.sharp`; `.paper` has none.
    /// - Throws: `BoundsError.setting` that names the setting outside its range.
    public init(
        of count: Int, blocks: Int = 200, blockSize: Int? = nil, grid: [Double], modulus: ModulusKind = .sharp,
        directions: Int = 1, ascents: Int? = nil, p: Double = 0.001, seed: UInt64 = 0, resamples: Int = 100
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
        let steps = ascents ?? (modulus == .sharp ? 1 : 0)
        guard directions >= 0, steps >= 0, resamples >= 0 else {
            throw .setting("directions, ascents and resamples cannot be negative, as in \(directions), \(steps), \(resamples)")
        }
        guard modulus == .sharp || directions > 0 && steps == 0 else {
            throw .setting("the paper's ω is sampled at random: it needs at least one direction, and takes no ascents")
        }
        guard p > 0, p < 1 else { throw .setting("p is \(p): it must lie strictly between 0 and 1") }
        (self.blocks, self.grid, self.modulus) = (blocks, grid, modulus)
        (self.directions, self.ascents) = (directions, steps)
        (self.p, self.seed, self.resamples) = (p, seed, resamples)
        self.blockSize = size
    }

    /// 36 radii, each 2^(1/6) times the one before, up to 2 in ℓ2 and 0.4 in ℓ∞: the ω-bound loses less than the step between
    /// two of them.
    public static func usualGrid(_ norm: Norm) -> [Double] {
        let largest = norm == .l2 ? 2.0 : 0.4
        return (0..<36).map { largest * exp2(-Double(35 - $0) / 6) }
    }

    /// The radii at which ω is estimated: those asked for, refined, and the usual ones if none are.
    public static func grid(_ radii: [Double]?, in norm: Norm) -> [Double] { radii.map(refined) ?? usualGrid(norm) }

    /// These radii and, between neighbours further apart than those of the usual grid, others evenly on a logarithmic scale:
    /// this way, the bounds hardly depend on which radii were given.
    ///
    /// - Parameter grid: Ascending; any other grid is returned unchanged.
    public static func refined(_ grid: [Double]) -> [Double] {
        guard grid == grid.sorted(), let smallest = grid.first, smallest > 0 else { return grid }
        return zip(grid, grid.dropFirst()).reduce(into: [smallest]) { refined, ends in
            let parts = max(1, (6 * log2(ends.1 / ends.0) - 1e-9).rounded(.up))
            guard parts.isFinite, parts < 1000 else { return refined.append(ends.1) }
            for part in stride(from: 1, to: parts, by: 1) { refined.append(ends.0 * pow(ends.1 / ends.0, part / parts)) }
            refined.append(ends.1)
        }
    }

    /// The images of each block, from a sampling set of `count`.
    func blocksOfImages(of count: Int) -> [[Int]] {
        let generator = Philox(key: seed)
        let keys = (0..<count).map { image -> UInt64 in
            let words = generator.block((UInt32(image), .max, 0, RandomStream.bound.rawValue))
            return UInt64(words.0) << 32 | UInt64(words.1)
        }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        return (0..<blocks).map { block in Array(order[block * blockSize..<(block + 1) * blockSize]) }
    }
}
