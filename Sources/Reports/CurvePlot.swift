import Foundation
import SuretySmoothing

/// Accuracy against radius, a step curve per run, as a picture for a paper or a page: certified accuracy solid, accuracy
/// under attack dashed. Of several runs the best at each radius can be drawn in their place (`Curve.envelope`).
///
///     try CurvePlot(runs).draw(to: URL(fileURLWithPath: "curve.svg"))
public struct CurvePlot: Plot, Sendable {
    /// The kinds of picture, by the file name's ending.
    public enum Format: String, Sendable, CaseIterable {
        /// A scalable picture, pixels, or a page for LaTeX.
        case svg, png, pdf

        /// - Throws: `ReportError` when the file's ending names none.
        init(of file: URL) throws(ReportError) {
            guard let format = Self(rawValue: file.pathExtension.lowercased()) else {
                throw ReportError("\(file.path): the name must end in .svg, .png or .pdf, which also says what is drawn.")
            }
            self = format
        }

        /// gnuplot's settings for a picture of about 16 × 10 cm; all formats look alike.
        func terminal(rows: Int) -> String {
            // Each line of the legend adds to the height, so that the space for the curves stays the same.
            let height = 480 + 26 * rows
            return switch self {
            case .svg: """
                svg size 800,\(height) font 'DejaVu Sans,Helvetica,Arial,sans-serif' fontscale 1.25 linewidth 1.2 \
                rounded background 'white'
                """
            case .png: "pngcairo size 1600,\(2 * height) font 'DejaVu Sans,15' fontscale 1.9 linewidth 2.4 rounded"
            case .pdf: "pdfcairo size 16cm,\(Double(height) / 50)cm font 'DejaVu Sans,11' linewidth 1.6 rounded"
            }
        }

        /// gnuplot's formats differ in how large a point of size 1 is.
        var pointSize: Double {
            switch self {
            case .svg: 1.0
            case .png: 2.8
            case .pdf: 0.9
            }
        }
    }

    private let curves: [Curve]

    /// - Throws: `ReportError` when there are no runs, one sought no radii, or their norms differ.
    public init(_ runs: [ReportedRun]) throws(ReportError) {
        var curves: [Curve] = []
        for run in runs { curves.append(try Curve(run)) }
        try self.init(curves: curves)
    }

    /// - Throws: `ReportError` when there are no curves, or their norms differ.
    public init(curves: [Curve]) throws(ReportError) {
        guard !curves.isEmpty else { throw ReportError("There are no runs to plot. Name at least one.") }
        guard Set(curves.map(\.norm)).count == 1 else {
            throw ReportError("The runs' radii are in different norms and cannot share an axis. Plot them separately.")
        }
        self.curves = curves
    }

    /// The colours of Okabe and Ito (2008), which people with any kind of colour vision can tell apart.
    static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

    /// gnuplot's filled circle, square, triangles and diamond: the marks distinguish the curves when printed in grey.
    private static let marks = [7, 5, 9, 13, 11]

    /// Draws the plot with gnuplot.
    public func script(_ format: CurvePlot.Format, output: String) -> String {
        let largest = curves.map(\.end).max() ?? 0
        var lines: [String] = []
        for (index, run) in curves.enumerated() {
            // A blank line lifts the pen.
            let pieces = run.pieces.map { $0.map { "\($0.radius) \($0.accuracy)" } }
            lines += ["$curve\(index) << END"] + pieces.joined(separator: [""]) + ["END"]
            lines += ["$marks\(index) << END"] + marks(on: index, upTo: largest) + ["END"]
        }
        let legend = Legend(curves.map(\.name))
        lines += frame(format, rows: legend.rows, pointSize: 1, output: output)
        lines += accuracyAxes(
            upTo: largest, room: 1.04, top: 1, x: "'\(curves[0].normSymbol) radius'", y: "'\(accuracy)'", legend: legend)
        let plots = curves.enumerated().map { index, run in
            let colour = Self.colours[index % Self.colours.count]
            let dashes = run.kind == .underAttack ? " dashtype 2" : ""
            let style = "linecolor rgb '\(colour)' pointtype \(Self.marks[index % Self.marks.count])"
            return """
                $curve\(index) using 1:2 with lines linewidth 2\(dashes) \(style) notitle, \\
                     $marks\(index) using 1:2 with points \(style) notitle, \\
                     NaN with linespoints linewidth 2\(dashes) \(style) title \(Gnuplot.quoted(run.name))
                """
        }
        lines.append("plot " + plots.joined(separator: ", \\\n     "))
        lines.append("set output")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the vertical axis shows.
    private var accuracy: String {
        switch Set(curves.map(\.kind)) {
        case [.certified]: "certified accuracy"
        case [.underAttack]: "accuracy under attack"
        case [.best]: "certified accuracy, best at each radius"
        case let kinds where kinds.contains(.best): "accuracy: best certified, under attack"
        default: "accuracy: certified, and under attack"
        }
    }

    /// Places on a curve for its marks: a tenth of the axis apart, and each curve's beside the other curves'. A piece without
    /// such a place gets one in its middle.
    private func marks(on index: Int, upTo largest: Double) -> [String] {
        let curve = curves[index]
        let spacing = largest / 10
        let first = spacing * Double(index + 1) / Double(curves.count + 1)
        let places = (0..<10).map { first + spacing * Double($0) }
        return curve.pieces.flatMap { piece in
            let reach = (piece.first?.radius ?? 0)...(piece.last?.radius ?? 0)
            let marks = places.filter(reach.contains)
            return marks.isEmpty && curve.kind == .best ? [(reach.lowerBound + reach.upperBound) / 2] : marks
        }.compactMap { radius in curve.accuracy(at: radius).map { "\(radius) \($0)" } }
    }
}
