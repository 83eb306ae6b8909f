import Foundation
import SuretySmoothing
import SuretyStatistics

/// How many samples each image took, from the image that took the fewest to the one that took the most, a line for each run,
/// and the most that an image may take: it shows how much a run saves if it stops as soon as the answer is clear.
///
///     try SamplesPlot(SamplesPlot.Curve.readable(among: ["run"]).curves).draw(to: URL(fileURLWithPath: "samples.svg"))
public struct SamplesPlot: Plot, Sendable {
    /// What is known about one run.
    public struct Curve: Sendable {
        /// Its name in the legend.
        public let name: String
        /// The samples that each image took, including those that chose the class, in ascending order.
        public let samples: [Int]
        /// The most samples that an image may take.
        public let most: Int

        /// - Parameter samples: In any order.
        public init(_ name: String, samples: [Int], most: Int) {
            (self.name, self.samples, self.most) = (name, samples.sorted(), most)
        }

        /// The runs of `surety certify` and `surety predict` that can be read, and the reasons why the others cannot.
        ///
        /// - Throws: `ReportError` if none can be read.
        public static func readable(among paths: [String]) throws(ReportError) -> (curves: [Curve], unread: [ReportError]) {
            let (runs, unread) = try ReportedRun.readable(among: paths) { path, name throws(ReportError) in
                guard case .certificates(let record, let certificates) = try ReportInput(contentsOf: path), !certificates.isEmpty
                else {
                    throw ReportError("""
                        \(path): samples can only be shown for runs of 'surety certify' and 'surety predict' that have results.
                        """)
                }
                return Curve(
                    ReportedRun.name(name, done: certificates.count, of: record.progress.images), samples: certificates.map(\.samples),
                    most: record.settings.samplesPerImage)
            }
            return (runs, unread)
        }

        /// The name, and the mean as a share of the most.
        fileprivate var title: String {
            let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
            return "\(name): \(Int(clamping: mean.rounded()).formatted()) on average, 1/\(String(format: "%.1f", Double(most) / mean))"
        }

        /// The corners of its steps: the share of the images in per cent, and samples.
        fileprivate var corners: [String] {
            var corners: [String] = []
            var start = 0
            while start < samples.count {
                let end = samples[start...].firstIndex { $0 != samples[start] } ?? samples.count
                for place in [start, end] { corners.append("\(100 * Double(place) / Double(samples.count)) \(samples[start])") }
                start = end
            }
            return corners
        }
    }

    private let curves: [Curve]

    /// - Throws: `ReportError` when there are no curves, or one has no images.
    public init(_ curves: [Curve]) throws(ReportError) {
        guard !curves.isEmpty, curves.allSatisfy({ ($0.samples.first ?? 0) > 0 }) else {
            throw ReportError("There are no samples to plot. Name a run that has results.")
        }
        self.curves = curves
    }

    /// Draws the plot with gnuplot.
    public func script(_ format: CurvePlot.Format, output: String) -> String {
        var lines: [String] = []
        for (index, curve) in curves.enumerated() { lines += ["$curve\(index) << END"] + curve.corners + ["END"] }
        let limits = Set(curves.map(\.most)).sorted()
        let least = curves.compactMap(\.samples.first).min() ?? 1
        let legend = Legend(curves.map(\.title))
        lines += frame(format, rows: legend.rows, pointSize: 1, output: output) + legend.settings + [
            "set logscale y", "set xrange [0:100]", "set yrange [\(Double(least) / 1.5):\(1.5 * Double(limits.last ?? 1))]",
            "set xtics 20 format '%g %%'", "set ytics format '10^{%L}'",
            "set xlabel 'images, fewest samples first' textcolor rgb '#202020'",
            "set ylabel 'samples of an image' textcolor rgb '#202020'",
        ]
        let plots = curves.enumerated().map { index, curve in
            "$curve\(index) using 1:2 with lines linewidth 2 linecolor rgb '\(CurvePlot.colours[index % CurvePlot.colours.count])' "
                + "title \(Gnuplot.quoted(curve.title))"
        }
        let most = limits.map { "\($0) with lines linewidth 1.5 dashtype 2 linecolor rgb '#606060' notitle" }
        lines.append("plot " + (plots + most).joined(separator: ", \\\n     "))
        lines.append("set output")
        return lines.joined(separator: "\n") + "\n"
    }
}
