import Foundation

/// A picture that gnuplot draws from a script.
public protocol Plot {
    /// The script that draws it.
    ///
    /// - Parameters:
    ///   - format: What is drawn.
    ///   - output: The file, as `set output` takes it.
    func script(_ format: CurvePlot.Format, output: String) -> String
}

extension Plot {
    /// Draws the plot.
    ///
    /// - Parameters:
    ///   - file: The file to write. Its ending names the format.
    ///   - searchPath: the folders in which gnuplot is looked for.
    /// - Throws: `ReportError` when the file's ending names no format, gnuplot is missing or fails, or the file cannot be
    ///   written.
    public func draw(
        to file: URL, searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) throws(ReportError) {
        let format = try CurvePlot.Format(of: file)
        try Gnuplot(searchPath: searchPath).draw(to: file) { script(format, output: $0) }
    }

    /// What begins every script: terminal, file and the axes' frame.
    func frame(_ format: CurvePlot.Format, rows: Int, pointSize: Double, output: String) -> [String] {
        [
            "set terminal \(format.terminal(rows: rows))", "set pointsize \(format.pointSize * pointSize)", "set output \(output)",
            "set encoding utf8", "set border 3 linecolor rgb '#404040'",
            "set tics nomirror out scale 0.6 textcolor rgb '#202020'",
            "set grid xtics ytics linetype 1 linecolor rgb '#E4E4E4' linewidth 0.6",
        ]
    }

    /// Radii from 0 and accuracies up to 1, with a legend for each curve above the axes, in a separate margin: gnuplot drops
    /// a legend for which there is no room.
    func accuracyAxes(upTo largest: Double, room: Double, top: Double, x: String, y: String, curves: Int) -> [String] {
        [
            "set xrange [0:\(largest > 0 ? largest * room : 1)]", "set yrange [0:\(top)]", "set xtics format '%g'",
            "set ytics 0.2 format '%.1f'", "set xlabel \(x) textcolor rgb '#202020'", "set ylabel \(y) textcolor rgb '#202020'",
        ] + legend(of: curves)
    }

    /// How much smaller the legend is written, if at all: gnuplot drops what reaches beyond the picture's edge, starting with
    /// the lines of the legend.
    func legendScale(_ titles: [String]) -> Double { min(1, 54 / Double(titles.map(\.count).max() ?? 1)) }

    /// The size of the legend's letters, if smaller than usual.
    func legendFont(_ scale: Double, rows: Int) -> [String] {
        scale < 1 ? ["set key maxrows \(rows) font ',\(max(5, Int(12 * scale)))'"] : []
    }

    /// A line for each curve above the axes.
    func legend(of curves: Int) -> [String] {
        [
            "set tmargin \(1.25 * Double(curves) + 1)",
            "set key at screen 0.5, screen 0.99 top center vertical maxrows \(curves) Left reverse noenhanced",
            "set key samplen 3 spacing 1.2 textcolor rgb '#202020'",
        ]
    }
}
