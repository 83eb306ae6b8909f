/// A square of pixels on which a round, soft-edged pen draws.
struct StrokeCanvas {
    /// How much of each pixel is inked, 0 to 1, row by row.
    private(set) var coverage: [Double]
    private let side: Int
    /// Half the pen's width, in pixels.
    private let radius: Double
    /// Width of the edge over which the ink fades, in pixels.
    private let softness: Double

    init(side: Int, radius: Double, softness: Double) {
        coverage = Array(repeating: 0, count: side * side)
        self.side = side
        self.radius = radius
        self.softness = softness
    }

    /// Draws straight lines from point to point; pixel (column, row) has its centre at (column + ½, row + ½).
    mutating func draw(_ curve: DigitStrokes.Stroke) {
        for (start, end) in zip(curve, curve.dropFirst()) { draw(from: start, to: end) }
    }

    private mutating func draw(from start: DigitStrokes.Point, to end: DigitStrokes.Point) {
        // There is no ink farther away than half the softness.
        let reach = radius + 0.75 * softness
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let length = dx * dx + dy * dy
        for row in pixels(from: min(start.y, end.y) - reach, to: max(start.y, end.y) + reach) {
            for column in pixels(from: min(start.x, end.x) - reach, to: max(start.x, end.x) + reach) {
                let (x, y) = (Double(column) + 0.5 - start.x, Double(row) + 0.5 - start.y)
                let along = length > 0 ? min(max((x * dx + y * dy) / length, 0), 1) : 0
                let (offX, offY) = (x - along * dx, y - along * dy)
                let squared = offX * offX + offY * offY
                guard squared < reach * reach else { continue }
                let ink = min(max(0.5 + (radius - squared.squareRoot()) / softness, 0), 1)
                coverage[row * side + column] = max(coverage[row * side + column], ink)
            }
        }
    }

    private func pixels(from low: Double, to high: Double) -> Range<Int> {
        let first = min(max(Int(low.rounded(.down)), 0), side)
        return first..<max(first, min(Int(high.rounded(.up)), side))
    }
}
