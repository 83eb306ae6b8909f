import Foundation

/// The curves of one classifier as a picture: what is guaranteed and what an attack left, with the true accuracy between, and
/// the estimates dashed.
struct ReportCurves {
    let classifier: ClassifierReport

    /// An SVG image.
    ///
    /// - Throws: `ReportError` when gnuplot is missing or fails.
    func svg() throws(ReportError) -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("surety-report-\(UUID().uuidString).svg")
        defer { try? FileManager.default.removeItem(at: file) }
        let limit = limit
        try RobustnessPlot(
            classifier.curves.map { curve($0, upTo: limit) },
            perturbation: "\(classifier.subject.norm.symbol) radius", accuracy: "accuracy"
        ).draw(to: file)
        do {
            return try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw ReportError("\(file.path): cannot read it: \(error).")
        }
    }

    /// As far as anything was guaranteed, estimated or attacked.
    private var limit: Double {
        let attacked = classifier.attackedRadii.last ?? 0
        let known = classifier.curves.map { curve in
            // A few far images must not squeeze the others.
            let radii = curve.radii.filter(\.isFinite).sorted()
            return radii.isEmpty ? 0 : radii[radii.count * 99 / 100]
        }
        return max(attacked, known.max() ?? 0)
    }

    /// The corners of the steps.
    private func curve(_ curve: ClassifierReport.Curve, upTo limit: Double) -> RobustnessPlot.Curve {
        // Attacks limited to some radii say nothing beyond the largest.
        var corners = [(0.0, curve.accuracy(at: 0))]
        for radius in Set(curve.radii).filter({ $0 > 0 && $0 <= limit }).sorted() {
            corners.append((radius, corners[corners.count - 1].1))
            corners.append((radius, curve.accuracy(at: radius.nextUp)))
        }
        let end = min(limit, curve.limit ?? limit)
        if curve.radii.contains(where: { $0 > end }) { corners.append((end, corners[corners.count - 1].1)) }
        return RobustnessPlot.Curve(
            curve.name, radii: corners.map(\.0), accuracies: corners.map(\.1),
            style: curve.kind == .estimate ? .dashes : .line)
    }
}
