import CSuretyKernels

/// Where a pixel's mass may move in an attack: to the pixels of its channel in a square window around it.
///
/// This is what makes an attack on a whole image affordable: a plan between all pixels of an MNIST image has 614 656
/// elements, one in a window of 5×5 has 19 600. What it restricts: mass that could gain by travelling farther than the
/// window's radius stays within it, so only plans with short moves are searched in the Wasserstein ball. At the radii of
/// interest, at most a few units of squared distance for the mean pixel, little mass would go farther. The distance of the
/// image found is measured without the window.
///
/// Images are kept as planes with an empty border as wide as the radius, to which nothing moves.
package final class TransportWindow {
    package let shape: [Int]
    /// The cost of moving to each place of the window.
    package let costs: [Double]
    /// Elements between a pixel and each place of the window.
    package let offsets: [Int64]
    /// Where each pixel is in a plane with a border.
    package let places: [Int]
    /// Elements of a bordered image, including those beyond it that loops may read and write.
    package let count: Int
    private let start: Int
    private let reach: Int

    /// - Parameters:
    ///   - shape: Channels, height, width of the images.
    ///   - size: The side of the window, an odd number.
    /// - Throws: `AttackError` for another size, or images that are not planes.
    package init(shape: [Int], size: Int, groundCost: GroundCost) throws(AttackError) {
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }) else {
            throw AttackError("mass moves within images C×H×W, not within \(shape)")
        }
        guard size % 2 == 1, 1...63 ~= size else {
            throw AttackError("the window is \(size) pixels wide: it must be an odd number up to 63")
        }
        guard groundCost.exponent > 0, groundCost.exponent <= 8 else {
            throw AttackError("the exponent of the ground cost is \(groundCost.exponent): choose one above 0 and up to 8")
        }
        self.shape = shape
        let radius = size / 2
        let stride = shape[2] + 2 * radius
        let plane = (shape[1] + 2 * radius) * stride
        let moves = (-radius...radius).flatMap { dy in (-radius...radius).map { dx in (dx, dy) } }
        costs = moves.map { groundCost($0.0, $0.1) }
        offsets = moves.map { Int64($0.1 * stride + $0.0) }
        start = radius * stride + radius
        places = (0..<shape[0]).flatMap { channel in
            (0..<shape[1]).flatMap { y in
                (0..<shape[2]).map { x in channel * plane + (y + radius) * stride + x + radius }
            }
        }
        reach = shape[0] * plane - 2 * start
        // Loops run on to a multiple of 32, and from there reach as far as the window does.
        count = (shape[0] * plane + start + 32 + 31) / 32 * 32
    }

    /// An empty bordered image.
    package func plane<Element: Numeric>(of: Element.Type = Element.self) -> [Element] { Array(repeating: 0, count: count) }

    /// Runs `body` with what loops need to know about the window.
    package func withTaps<Result>(_ body: (UnsafePointer<surety_taps>) -> Result) -> Result {
        offsets.withUnsafeBufferPointer { offsets in
            var taps = surety_taps(count: Int64(offsets.count), offsets: offsets.baseAddress, reach: Int64(reach))
            return withUnsafePointer(to: &taps, body)
        }
    }

    /// For each pixel, Σ weights·(its neighbours).
    package func sum(_ weights: [Double], over values: [Double], into result: inout [Double]) {
        withTaps { taps in
            values.withUnsafeBufferPointer { values in
                result.withUnsafeMutableBufferPointer { result in
                    guard let from = values.baseAddress, let to = result.baseAddress else { return }
                    surety_window_sum(taps, weights, from + start, to + start)
                }
            }
        }
    }
}
