import Foundation
import SuretyDatasets

/// Images in rows and columns, as one picture: a column for each image, with what was made from it below.
///
///     try ImageGrid(rows: [originals, perturbations, adversarials], shape: [1, 28, 28]).draw(to: file)
public struct ImageGrid: Sendable {
    /// Screen pixels for each pixel of an image.
    private static let scale = 4
    /// The gap between images, in their own pixels.
    private static let gap = 2

    private let rows: [[[Float]]]
    private let shape: [Int]

    /// - Parameters:
    ///   - rows: Images in C×H×W order with values in [0, 1], the same number in each row.
    ///   - shape: Channels, height, width.
    /// - Throws: `ReportError` for no images, or images that are neither grey nor of three colours.
    public init(rows: [[[Float]]], shape: [Int]) throws(ReportError) {
        guard shape.count == 3, shape[0] == 1 || shape[0] == 3 else {
            throw ReportError("images of shape \(shape) cannot be drawn: they must have one channel, or three")
        }
        guard let count = rows.first?.count, count > 0, rows.allSatisfy({ $0.count == count }) else {
            throw ReportError("there are no images to draw")
        }
        self.rows = rows
        self.shape = shape
    }

    /// A perturbation as an image: grey where nothing changed, white and black where the change was largest.
    public static func perturbation(from clean: [Float], to moved: [Float]) -> [Float] {
        let largest = zip(moved, clean).map { abs($0 - $1) }.max() ?? 0
        return zip(moved, clean).map { largest > 0 ? 0.5 + ($0 - $1) / (2 * largest) : 0.5 }
    }

    /// Draws a PNG with gnuplot.
    ///
    /// - Throws: `ReportError` when gnuplot is missing or fails, or the file cannot be written.
    public func draw(
        to file: URL, searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) throws(ReportError) {
        try Gnuplot(searchPath: searchPath).draw(to: file, script: script)
    }

    private func script(output: String) -> String {
        let (height, width) = (shape[1] + Self.gap, shape[2] + Self.gap)
        let (columns, total) = (width * rows[0].count - Self.gap, height * rows.count - Self.gap)
        var pixels = [Int](repeating: 255, count: 3 * columns * total)
        for (row, images) in rows.enumerated() {
            for (column, image) in images.enumerated() {
                for y in 0..<shape[1] {
                    for x in 0..<shape[2] {
                        for colour in 0..<3 {
                            let channel = shape[0] == 3 ? colour : 0
                            let value = image[(channel * shape[1] + y) * shape[2] + x]
                            pixels[3 * ((row * height + y) * columns + column * width + x) + colour] =
                                Int((255 * min(max(value, 0), 1)).rounded())
                        }
                    }
                }
            }
        }
        let lines = (0..<columns * total).map { place in
            let (y, x) = place.quotientAndRemainder(dividingBy: columns)
            return "\(x) \(total - 1 - y) \(pixels[3 * place]) \(pixels[3 * place + 1]) \(pixels[3 * place + 2])"
        }
        return """
            $pixels << END
            \(lines.joined(separator: "\n"))
            END
            set terminal pngcairo size \(Self.scale * columns),\(Self.scale * total)
            set output \(output)
            unset border
            unset tics
            unset key
            set margins 0, 0, 0, 0
            set xrange [-0.5:\(Double(columns) - 0.5)]
            set yrange [-0.5:\(Double(total) - 0.5)]
            plot $pixels using 1:2:3:4:5 with rgbimage pixels
            set output

            """
    }
}
