import SuretyRecords

/// Handwriting-like digits of 28×28 grey levels, drawn by this program: for demonstrations and tests that need
/// no download.
///
/// A digit is one of a few ways to write it, its strokes splines through control points. Each image shifts
/// these points a little, scales, turns, slants and moves the whole, picks a pen, and adds a little noise.
/// Image i of a split depends on the split and i alone. Only operations that IEEE 754 rounds exactly are
/// used (+ − × ÷ √), so the images are the same on every machine, to the last bit.
enum SyntheticDigits {
    static let side = 28

    /// 1,000 test images or 10,000 training images, the classes in random order.
    static func images(_ split: Split) throws(DatasetError) -> LabelledImages {
        let (count, stream): (Int, UInt64) = switch split {
        case .test: (1_000, 1)
        case .train: (10_000, 2)
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * side * side)
        var labels: [Int] = []
        for index in 0..<count {
            var key = SplitMix64(seed: stream << 32 | UInt64(index))
            var random = SplitMix64(seed: key.next())
            let digit = random.index(below: 10)
            labels.append(digit)
            pixels += draw(digit, &random)
        }
        return try LabelledImages(
            name: "synthetic", split: split, pixels: .uint8(pixels), count: count, shape: [1, side, side],
            labels: labels, classCount: 10, source: "the synthetic digits")
    }

    private static func draw(_ digit: Int, _ random: inout SplitMix64) -> [UInt8] {
        let ways = DigitStrokes.ways[digit]
        let strokes = ways[random.index(below: ways.count)]
        let hand = Hand(&random)
        var canvas = StrokeCanvas(side: side, radius: random.uniform(0.75, 1.6), softness: random.uniform(0.9, 1.5))
        for stroke in strokes {
            let points = stroke.map { point in
                hand.place(DigitStrokes.Point(point.x + random.bell(0.03), point.y + random.bell(0.03)))
            }
            canvas.draw(DigitStrokes.spline(through: points, pieces: 8))
        }
        let ink = random.uniform(205, 255)
        return canvas.coverage.map { coverage in
            let level = min(max(coverage * ink + random.bell(3), 0), 255)
            // To the nearest, halves up, without a call for each pixel.
            let whole = Int(level)
            return UInt8(level - Double(whole) < 0.5 ? whole : whole + 1)
        }
    }

    /// One writer's size, slant and position: an affine map of the unit square to pixels.
    private struct Hand {
        private let xx, xy, yx, yy, originX, originY: Double

        init(_ random: inout SplitMix64) {
            let width = 20 * random.uniform(0.68, 1.0)
            let height = 20 * random.uniform(0.88, 1.08)
            let slant = random.uniform(-0.12, 0.32)
            // A turn by the angle whose half has the tangent t.
            let t = random.bell(0.045)
            let (cosine, sine) = ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
            xx = cosine * width
            xy = (-cosine * slant - sine) * height
            yx = sine * width
            yy = (-sine * slant + cosine) * height
            originX = Double(SyntheticDigits.side) / 2 + random.bell(0.6)
            originY = Double(SyntheticDigits.side) / 2 + random.bell(0.6)
        }

        func place(_ point: DigitStrokes.Point) -> DigitStrokes.Point {
            let (x, y) = (point.x - 0.5, point.y - 0.5)
            return DigitStrokes.Point(originX + xx * x + xy * y, originY + yx * x + yy * y)
        }
    }
}
