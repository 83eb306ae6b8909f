import Foundation

/// Accuracy under attack against the size of the perturbation, a line per classifier, as a picture.
///
///     let curve = RobustnessPlot.Curve("Madry", radii: [0, 0.5, 1], accuracies: [1, 0.9, 0.5])
///     try RobustnessPlot([curve], perturbation: "ℓ₂ perturbation").draw(to: URL(fileURLWithPath: "robustness.svg"))
public struct RobustnessPlot: Plot, Sendable {
    /// What is known of one classifier, or of several trained alike.
    public struct Curve: Sendable {
        /// How it is drawn.
        public enum Style: Sendable {
            /// Measured at some radii.
            case points
            /// In steps, known at every radius.
            case line
            /// In steps, for what is only an estimate.
            case dashes
        }

        /// Its name in the legend.
        public let name: String
        /// The sizes of the perturbations.
        public let radii: [Double]
        /// The fraction classified correctly under attacks of each radius.
        public let accuracies: [Double]
        /// The spread of the accuracies of several classifiers around their mean, drawn as a band; empty for a single classifier.
        public let deviations: [Double]
        /// How it is drawn.
        public let style: Style

        /// `radii`, `accuracies` and, unless it is empty, `deviations` have the same length.
        public init(
            _ name: String, radii: [Double], accuracies: [Double], deviations: [Double] = [], style: Style = .points
        ) {
            self.name = name
            self.radii = radii
            self.accuracies = accuracies
            self.deviations = deviations
            self.style = style
        }
    }

    private let curves: [Curve]
    private let perturbation: String
    private let accuracy: String

    /// - Parameters:
    ///   - perturbation: What the horizontal axis shows.
    ///   - accuracy: What the vertical axis shows.
    /// - Throws: `ReportError` when there are no curves, or the numbers of one are missing, different in count, or not finite.
    public init(
        _ curves: [Curve], perturbation: String, accuracy: String = "accuracy under attack"
    ) throws(ReportError) {
        guard !curves.isEmpty else { throw ReportError("There are no curves to plot. Give at least one.") }
        for curve in curves {
            let count = curve.radii.count
            guard count > 0, curve.accuracies.count == count, curve.deviations.isEmpty || curve.deviations.count == count,
                  (curve.radii + curve.accuracies + curve.deviations).allSatisfy(\.isFinite) else {
                throw ReportError(
                    "The curve \(curve.name) needs a radius and an accuracy, both numbers, for each of its points.")
            }
        }
        self.curves = curves
        self.perturbation = perturbation
        self.accuracy = accuracy
    }

    /// Draws the plot with gnuplot.
    public func script(_ format: CurvePlot.Format, output: String) -> String {
        let largest = curves.compactMap { $0.radii.max() }.max() ?? 0
        var lines: [String] = []
        for (index, curve) in curves.enumerated() {
            let deviations = curve.deviations.isEmpty ? curve.radii.map { _ in 0 } : curve.deviations
            let points = curve.radii.indices.map { place in
                let (mean, spread) = (curve.accuracies[place], deviations[place])
                return "\(curve.radii[place]) \(mean) \(max(0, mean - spread)) \(min(1, mean + spread))"
            }
            lines += ["$curve\(index) << END"] + points + ["END"]
        }
        lines += frame(format, rows: curves.count, pointSize: 0.8, output: output)
        lines += accuracyAxes(
            upTo: largest, room: 1.02, top: 1.02, x: "\(Gnuplot.quoted(perturbation)) noenhanced",
            y: "\(Gnuplot.quoted(accuracy)) noenhanced", legend: Legend(rows: curves.count))
        lines.append("set style fill transparent solid 0.15 noborder")
        let bands = curves.enumerated().filter { !$1.deviations.isEmpty }.map { index, _ in
            "$curve\(index) using 1:3:4 with filledcurves linecolor rgb '\(colour(index))' notitle"
        }
        let plots = curves.enumerated().map { index, curve in
            "$curve\(index) using 1:2 with \(style(index)) linewidth 2 linecolor rgb '\(colour(index))' "
                + "title \(Gnuplot.quoted(curve.name))"
        }
        lines.append("plot " + (bands + plots).joined(separator: ", \\\n     "))
        lines.append("set output")
        return lines.joined(separator: "\n") + "\n"
    }

    /// gnuplot's filled circle, square, triangles and diamond: the marks distinguish the curves when printed in grey.
    private static let marks = [7, 5, 9, 13, 11]

    private func style(_ index: Int) -> String {
        switch curves[index].style {
        case .points: "linespoints pointtype \(Self.marks[index % Self.marks.count])"
        case .line: "lines dashtype solid"
        case .dashes: "lines dashtype 2"
        }
    }

    private func colour(_ index: Int) -> String { CurvePlot.colours[index % CurvePlot.colours.count] }
}
