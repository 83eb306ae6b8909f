import Foundation

/// Loss and training accuracy of each epoch, two panels one above the other, as a picture.
///
///     try TrainingPlot(loss: [0.9, 0.3], accuracy: [0.7, 0.9]).draw(to: URL(fileURLWithPath: "history.svg"))
public struct TrainingPlot: Plot, Sendable {
    private let loss: [Double]
    private let accuracy: [Double]

    /// - Parameters:
    ///   - loss: The mean objective of each epoch, in order.
    ///   - accuracy: The fraction of the training images classified correctly in each.
    /// - Throws: `ReportError` when there is no epoch, the numbers of epochs differ, or a value is not finite.
    public init(loss: [Double], accuracy: [Double]) throws(ReportError) {
        guard !loss.isEmpty, loss.count == accuracy.count, (loss + accuracy).allSatisfy(\.isFinite) else {
            throw ReportError("A training's plot needs a loss and an accuracy, both numbers, of at least one epoch.")
        }
        self.loss = loss
        self.accuracy = accuracy
    }

    /// Draws the plot with gnuplot.
    public func script(_ format: CurvePlot.Format, output: String) -> String {
        // A single epoch is a point, many are a line.
        let style = loss.count > 30 ? "lines" : "linespoints"
        func plot(_ values: [Double], _ colour: String) -> [String] {
            ["plot '-' using 1:2 with \(style) linewidth 2 pointtype 7 linecolor rgb '\(colour)' notitle"]
                + values.enumerated().map { "\($0 + 1) \($1)" } + ["e"]
        }
        // From the tenth below the worst epoch up to 1; the loss starts at 0 if it is never negative.
        let lowest = min(0.9, ((accuracy.min() ?? 0) * 10).rounded(.down) / 10)
        let lines = frame(format, rows: 4, pointSize: 0.6, output: output) + [
            "set multiplot",
            "set xrange [\(loss.count == 1 ? 0 : 1):\(max(2, loss.count))]",
            // Whole epochs only, at most ten of them.
            "set xtics \([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].first { loss.count <= 10 * $0 } ?? 10_000)",
            "set ytics format '%g'",
            "set lmargin at screen 0.135; set rmargin at screen 0.97",
            "set tmargin at screen 0.97; set bmargin at screen 0.57",
            "set xtics format ''",
            "set yrange [\((loss.min() ?? 0) < 0 ? "*" : "0"):*]",
            "set ylabel 'loss' textcolor rgb '#202020'",
        ] + plot(loss, CurvePlot.colours[0]) + [
            "set tmargin at screen 0.51; set bmargin at screen 0.13",
            "set xtics format '%g'",
            "set xlabel 'epoch' textcolor rgb '#202020'",
            "set yrange [\(lowest):1]",
            "set ylabel 'training accuracy' textcolor rgb '#202020'",
        ] + plot(accuracy, CurvePlot.colours[1]) + ["unset multiplot", "set output"]
        return lines.joined(separator: "\n") + "\n"
    }
}
