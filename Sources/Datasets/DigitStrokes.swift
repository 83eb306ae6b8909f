/// How the ten digits are written: for each a few ways, each a list of strokes through control points in the
/// unit square, x to the right and y down.
enum DigitStrokes {
    struct Point {
        var x, y: Double
        init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    typealias Stroke = [Point]

    static let ways: [[[Stroke]]] = [
        [
            [line(0.55, 0.04, 0.26, 0.14, 0.12, 0.48, 0.22, 0.84, 0.5, 0.96, 0.8, 0.82, 0.88, 0.5, 0.76, 0.15, 0.5, 0.05)],
            [line(0.7, 0.12, 0.4, 0.06, 0.17, 0.3, 0.16, 0.7, 0.42, 0.96, 0.74, 0.82, 0.84, 0.46, 0.7, 0.14, 0.46, 0.1)],
        ],
        [
            [line(0.5, 0.03, 0.5, 0.5, 0.5, 0.97)],
            [line(0.3, 0.24, 0.42, 0.14, 0.54, 0.03), line(0.54, 0.03, 0.54, 0.5, 0.53, 0.97)],
            [line(0.28, 0.24, 0.42, 0.14, 0.52, 0.03), line(0.52, 0.03, 0.52, 0.95), line(0.25, 0.95, 0.78, 0.95)],
        ],
        [
            [line(0.17, 0.26, 0.34, 0.07, 0.66, 0.08, 0.77, 0.3, 0.58, 0.58, 0.17, 0.93), line(0.17, 0.93, 0.5, 0.92, 0.86, 0.92)],
            [line(0.2, 0.22, 0.4, 0.05, 0.7, 0.12, 0.74, 0.38, 0.52, 0.7, 0.28, 0.92, 0.14, 0.86, 0.26, 0.74, 0.52, 0.86, 0.88, 0.93)],
        ],
        [
            [line(0.2, 0.14, 0.48, 0.04, 0.74, 0.2, 0.62, 0.42, 0.4, 0.48), line(0.4, 0.48, 0.7, 0.53, 0.82, 0.73, 0.58, 0.95, 0.18, 0.86)],
            [line(0.18, 0.08, 0.46, 0.07, 0.78, 0.07), line(0.78, 0.07, 0.6, 0.26, 0.44, 0.42),
             line(0.44, 0.42, 0.74, 0.5, 0.82, 0.74, 0.54, 0.96, 0.18, 0.85)],
        ],
        [
            [line(0.24, 0.06, 0.2, 0.3, 0.16, 0.55), line(0.16, 0.55, 0.48, 0.55, 0.86, 0.52), line(0.7, 0.08, 0.68, 0.5, 0.66, 0.96)],
            [line(0.64, 0.04, 0.4, 0.34, 0.12, 0.64), line(0.12, 0.64, 0.5, 0.63, 0.9, 0.62), line(0.64, 0.04, 0.65, 0.5, 0.64, 0.97)],
        ],
        [
            [line(0.8, 0.06, 0.54, 0.08, 0.3, 0.08), line(0.3, 0.08, 0.28, 0.26, 0.24, 0.44),
             line(0.24, 0.44, 0.56, 0.38, 0.8, 0.62, 0.62, 0.92, 0.18, 0.89)],
            [line(0.78, 0.1, 0.5, 0.06, 0.32, 0.14, 0.25, 0.4, 0.5, 0.45, 0.78, 0.64, 0.66, 0.9, 0.36, 0.96, 0.17, 0.84)],
        ],
        [
            [line(0.68, 0.04, 0.4, 0.24, 0.2, 0.6, 0.34, 0.92, 0.64, 0.93, 0.78, 0.7, 0.56, 0.54, 0.25, 0.68)],
            [line(0.5, 0.03, 0.28, 0.34, 0.22, 0.72, 0.44, 0.96, 0.74, 0.86, 0.74, 0.62, 0.5, 0.56, 0.28, 0.74)],
        ],
        [
            [line(0.15, 0.09, 0.5, 0.08, 0.84, 0.08), line(0.84, 0.08, 0.58, 0.48, 0.42, 0.97)],
            [line(0.15, 0.12, 0.48, 0.09, 0.82, 0.08), line(0.82, 0.08, 0.56, 0.5, 0.44, 0.97), line(0.3, 0.53, 0.52, 0.51, 0.76, 0.5)],
            [line(0.16, 0.26, 0.18, 0.1), line(0.18, 0.1, 0.5, 0.1, 0.8, 0.08), line(0.8, 0.08, 0.66, 0.4, 0.6, 0.97)],
        ],
        [
            [line(0.74, 0.16, 0.5, 0.04, 0.27, 0.2, 0.46, 0.46, 0.74, 0.7, 0.56, 0.95, 0.27, 0.8, 0.42, 0.54, 0.7, 0.32, 0.72, 0.14)],
            [line(0.5, 0.04, 0.26, 0.14, 0.34, 0.4, 0.62, 0.46, 0.74, 0.2, 0.5, 0.04),
             line(0.48, 0.46, 0.2, 0.64, 0.28, 0.92, 0.6, 0.96, 0.8, 0.72, 0.62, 0.5, 0.46, 0.46)],
        ],
        [
            [line(0.76, 0.26, 0.52, 0.05, 0.25, 0.24, 0.36, 0.48, 0.64, 0.42, 0.77, 0.2), line(0.77, 0.2, 0.73, 0.56, 0.62, 0.97)],
            [line(0.74, 0.16, 0.46, 0.05, 0.24, 0.28, 0.42, 0.5, 0.7, 0.36, 0.76, 0.14, 0.78, 0.5, 0.68, 0.88, 0.4, 0.96, 0.22, 0.86)],
        ],
    ]

    /// A curve through the points (Catmull and Rom 1974), as straight pieces.
    static func spline(through points: Stroke, pieces: Int) -> Stroke {
        guard points.count > 1 else { return points }
        var curve = [points[0]]
        for index in 1..<points.count {
            let (before, start) = (points[max(index - 2, 0)], points[index - 1])
            let (end, after) = (points[index], points[min(index + 1, points.count - 1)])
            for piece in 1...pieces {
                let t = Double(piece) / Double(pieces)
                curve.append(Point(
                    cubic(before.x, start.x, end.x, after.x, t), cubic(before.y, start.y, end.y, after.y, t)))
            }
        }
        return curve
    }

    private static func cubic(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ t: Double) -> Double {
        let linear = c - a
        let square = 2 * a - 5 * b + 4 * c - d
        let cube = 3 * b - a - 3 * c + d
        return b + 0.5 * t * (linear + t * (square + t * cube))
    }

    private static func line(_ coordinates: Double...) -> Stroke {
        stride(from: 0, to: coordinates.count, by: 2).map { Point(coordinates[$0], coordinates[$0 + 1]) }
    }
}
