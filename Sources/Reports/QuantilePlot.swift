import Foundation
import SuretyBounds
import SuretySmoothing
import SuretyStatistics

/// Quantile–quantile plots of block maxima against the distributions fitted to them, one panel each, as a picture: if a fit
/// is good, the points lie on the line.
public struct QuantilePlot: Plot, Sendable {
    private struct Panel: Sendable {
        let title: String
        /// The fitted distribution's quantile and the maximum, in ascending order.
        let points: [(fitted: Double, seen: Double)]
    }

    private let panels: [Panel]

    /// The fits of L, and of ω at the smallest, a middle and the largest radius, on logits and on probabilities, if there are
    /// any.
    ///
    /// - Throws: `ReportError` when there is none.
    public init(_ bounds: EstimatedBounds) throws {
        var panels: [Panel] = []
        for it in bounds.all {
            let scores = it.scores.rawValue
            panels += [try Self.panel("L, \(scores)", it.lipschitz)].compactMap(\.self)
            let count = it.modulus.count
            for index in Set([0, count / 2, count - 1]).sorted() where it.modulus.indices.contains(index) {
                let title = "\(it.kind.symbol)(\(String(format: "%.3g", it.modulus[index].epsilon))), \(scores)"
                panels += [try Self.panel(title, it.modulus[index].estimate)].compactMap(\.self)
            }
        }
        guard !panels.isEmpty else { throw ReportError("There is no fit to plot: block maxima are alike, or the estimates failed.") }
        self.panels = panels
    }

    private static func panel(_ title: String, _ estimate: ExtremeValueEstimate) throws -> Panel? {
        guard let fit = estimate.fit else { return nil }
        let sorted = estimate.maxima.sorted()
        return Panel(
            title: fit.problem == nil ? title : "\(title) (failed)",
            points: try sorted.enumerated().map { index, seen in
                // The usual plotting positions i/(n + 1).
                let exceeded = 1 - Double(index + 1) / Double(sorted.count + 1)
                return (try fit.distribution.upperQuantile(exceeded), seen)
            })
    }

    /// Draws the plot with gnuplot.
    public func script(_ format: CurvePlot.Format, output: String) -> String {
        let columns = min(2, panels.count)
        let rows = (panels.count + columns - 1) / columns
        var lines = [
            "set terminal \(format.terminal(rows: 12 * (rows - 1)))",
            "set output \(output)",
            "set encoding utf8",
            // Column by column: logits on the left, probabilities on the right, with four panels each.
            "set multiplot layout \(rows),\(columns) columnsfirst",
            "set border 3 linecolor rgb '#404040'",
            "set tics nomirror out scale 0.6 textcolor rgb '#202020' font ',8'",
            "set xtics format '%.3g'; set ytics format '%.3g'",
            "set xtics autofreq; set xlabel 'fitted quantile' font ',8' offset 0,0.6",
            "set ylabel 'block maximum' font ',8' offset 1,0",
            "set pointsize \(format.pointSize * 0.35)",
        ]
        for panel in panels {
            let (low, high) = (panel.points.map(\.seen).min() ?? 0, panel.points.map(\.seen).max() ?? 1)
            lines += [
                "set title \(Gnuplot.quoted(panel.title)) font ',10' offset 0,-0.6",
                """
                plot '-' using 1:2 with lines linewidth 1 linecolor rgb '#909090' notitle, \
                '-' using 1:2 with points pointtype 7 linecolor rgb '\(CurvePlot.colours[0])' notitle
                """,
                "\(low) \(low)", "\(high) \(high)", "e",
            ]
            lines += panel.points.map { "\($0.fitted) \($0.seen)" } + ["e"]
        }
        return (lines + ["unset multiplot", "set output"]).joined(separator: "\n") + "\n"
    }
}
