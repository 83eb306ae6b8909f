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

    /// Radii from 0 and accuracies up to 1, and the legend.
    func accuracyAxes(upTo largest: Double, room: Double, top: Double, x: String, y: String, legend: Legend) -> [String] {
        [
            "set xrange [0:\(largest > 0 ? largest * room : 1)]", "set yrange [0:\(top)]", "set xtics format '%g'",
            "set ytics 0.2 format '%.1f'", "set xlabel \(x) textcolor rgb '#202020'", "set ylabel \(y) textcolor rgb '#202020'",
        ] + legend.settings
    }
}
