import SuretyGraphs
import Synchronization

/// Finds the pairs of balls of different classes that overlap, among all n²/2.
///
/// Most images are far apart, and a few pixels show it: pixels are ordered by how much they vary, and the comparison of two
/// images ends as soon as the sum over those seen so far exceeds what the radii allow. That sum is taken in single
/// precision with a margin for its rounding; what it leaves is measured in double precision, rounded up.
package struct BallSearch: Sendable {
    package struct Overlap: Sendable {
        package let first, second: Int
        /// Never below the true radius.
        package let distance: Double
    }

    private let radii: [Double]
    private let classes: [Int]
    private let isEuclidean: Bool
    /// Ball after ball, with `stride` pixels each, those that vary most first; zeros pad the last vector.
    private let pixels: [Float]
    private let stride: Int
    private let dimensions: Int

    private typealias Vector = SIMD16<Float>
    /// The number of vectors between two checks of the sum.
    private static let portion = 2
    /// More than the error of single precision in sums of squares of up to 10⁶ pixels, taken in sixteen parts.
    private static let margin: Float = 1.01
    /// The number of balls whose overlaps are collected before they are sorted.
    private static let block = 128

    /// - Parameter isEuclidean: Whether distances are ℓ2; ℓ∞ otherwise.
    package init(_ images: [[Float]], radii: [Double], classes: [Int], isEuclidean: Bool) {
        let dimensions = images.first?.count ?? 0
        let step = Vector.scalarCount * Self.portion
        let stride = (dimensions + step - 1) / step * step
        let order = Self.byVariance(images, dimensions)
        var pixels = [Float](repeating: 0, count: images.count * stride)
        for (row, image) in images.enumerated() {
            for (place, pixel) in order.enumerated() { pixels[row * stride + place] = image[pixel] }
        }
        (self.radii, self.classes, self.isEuclidean) = (radii, classes, isEuclidean)
        (self.pixels, self.stride, self.dimensions) = (pixels, stride, dimensions)
    }

    private static func byVariance(_ images: [[Float]], _ dimensions: Int) -> [Int] {
        var (sums, squares) = ([Double](repeating: 0, count: dimensions), [Double](repeating: 0, count: dimensions))
        for image in images {
            for (pixel, value) in image.enumerated() {
                sums[pixel] += Double(value)
                squares[pixel] += Double(value) * Double(value)
            }
        }
        let variances = zip(sums, squares).map { $1 - $0 * $0 / Double(images.count) }
        return variances.indices.sorted { (-variances[$0], $0) < (-variances[$1], $1) }
    }

    /// The overlaps in order, at most `most` of them, and how many there are.
    package func overlaps(threads: Int, keeping most: Int) throws -> (pairs: [Overlap], count: Int) {
        var (pairs, count): ([Overlap], Int) = ([], 0)
        for start in Swift.stride(from: 0, to: radii.count, by: Self.block) {
            let rows = start..<min(radii.count, start + Self.block)
            let next = Atomic(rows.lowerBound)
            let found = Mutex<[Overlap]>([])
            try onThreads(threads) {
                while true {
                    let row = next.add(1, ordering: .relaxed).oldValue
                    guard row < rows.upperBound else { return }
                    let overlaps = overlaps(of: row)
                    if !overlaps.isEmpty { found.withLock { $0 += overlaps } }
                }
            }
            let ordered = found.withLock { $0.sorted { ($0.first, $0.second) < ($1.first, $1.second) } }
            pairs += ordered.prefix(max(0, most - pairs.count))
            count += ordered.count
        }
        return (pairs, count)
    }

    /// The overlaps of a ball with later ones.
    private func overlaps(of first: Int) -> [Overlap] {
        pixels.withUnsafeBytes { bytes in
            (first + 1..<max(first + 1, radii.count)).compactMap { second in
                guard classes[first] != classes[second], radii[first] + radii[second] > 0 else { return nil }
                let reach = (radii[first] + radii[second]).nextDown
                guard mayLie(within: Float(reach), first, second, bytes) else { return nil }
                let distance = distance(first, second)
                return distance < reach ? Overlap(first: first, second: second, distance: distance) : nil
            }
        }
    }

    private func mayLie(within reach: Float, _ first: Int, _ second: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let size = MemoryLayout<Vector>.stride
        let (a, b) = (first * stride * MemoryLayout<Float>.stride, second * stride * MemoryLayout<Float>.stride)
        let limit = (isEuclidean ? reach * reach : reach) * Self.margin
        var sums = Vector.zero
        for vector in Swift.stride(from: 0, to: stride / Vector.scalarCount, by: Self.portion) {
            for place in vector..<vector + Self.portion {
                let difference = bytes.loadUnaligned(fromByteOffset: a + place * size, as: Vector.self)
                    - bytes.loadUnaligned(fromByteOffset: b + place * size, as: Vector.self)
                if isEuclidean { sums += difference * difference } else {
                    sums = sums.replacing(with: difference, where: difference .> sums)
                    sums = sums.replacing(with: -difference, where: -difference .> sums)
                }
            }
            if (isEuclidean ? sums.sum() : sums.max()) > limit { return false }
        }
        return true
    }

    /// In double precision, rounded up: each difference has a relative error of less than 2⁻⁵³, and so is each of the
    /// operations that follow.
    private func distance(_ first: Int, _ second: Int) -> Double {
        let rounding = 1 + Double(dimensions + 8) * 0x1p-53
        let differences = (0..<dimensions).lazy.map {
            abs(Double(pixels[first * stride + $0]) - Double(pixels[second * stride + $0]))
        }
        let distance = isEuclidean
            ? differences.reduce(0) { $0 + $1 * $1 }.squareRoot() : differences.reduce(0) { max($0, $1) }
        return distance * rounding
    }
}
