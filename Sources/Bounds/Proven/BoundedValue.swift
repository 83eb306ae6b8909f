/// What is known of a value of the network for each image of a batch: a box, and what the layer that makes it lies between.
struct BoundedValue {
    /// Elements per image.
    let size: Int
    var low: [Float]
    var high: [Float]
    var enclosure: Enclosure

    init(size: Int, count: Int) {
        self.size = size
        low = Array(repeating: 0, count: size * count)
        high = low
        enclosure = Enclosure(box: low, low)
    }

    /// Adds an image.
    mutating func append(_ image: (enclosure: Enclosure, low: [Float], high: [Float])) {
        low += image.low
        high += image.high
        enclosure.lower += image.enclosure.lower
        enclosure.upper += image.enclosure.upper
        enclosure.lowerSlope += image.enclosure.lowerSlope
        enclosure.upperSlope += image.enclosure.upperSlope
    }

    /// The gate that every box passes before another layer reads it. NaN, of which no comparison is true, becomes infinite;
    /// and ends too small for full precision move outward to numbers that are not, so that all who compare them, the
    /// processor with its zeros included, see the same.
    ///
    /// - Returns: Whether the image's box and lines are finite. Where they are not, nothing can be proven of it.
    mutating func passGate(image: Int) -> Bool {
        var isBounded = true
        for i in image * size..<(image + 1) * size {
            var (least, largest) = (low[i], high[i])
            if !(least.isNormal) { least = least == 0 ? 0 : Self.outward(least, or: -.infinity, towards: .down) }
            if !(largest.isNormal) { largest = largest == 0 ? 0 : Self.outward(largest, or: .infinity, towards: .up) }
            (low[i], high[i]) = (least, largest)
            isBounded =
                isBounded && least.isFinite && largest.isFinite && least <= largest && enclosure.lower[i].isFinite
                && enclosure.upper[i].isFinite
        }
        guard !enclosure.lowerSlope.isEmpty else { return isBounded }
        for i in image * size..<(image + 1) * size {
            isBounded = isBounded && enclosure.lowerSlope[i].isFinite && enclosure.upperSlope[i].isFinite
        }
        return isBounded
    }

    private enum Direction { case down, up }

    /// An end that is subnormal, or not finite.
    private static func outward(_ end: Float, or unbounded: Float, towards direction: Direction) -> Float {
        guard end.isFinite else { return unbounded }
        return switch direction {
        case .down: end > 0 ? 0 : -.leastNormalMagnitude
        case .up: end < 0 ? 0 : .leastNormalMagnitude
        }
    }
}
