import Foundation

/// The curves of one classifier as a picture: what is guaranteed and the accuracy that attacks left, with the true accuracy
/// in between, and the estimates dashed.
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
            let radii = curve.radii.compactMap(\.self).filter { $0.isFinite && curve.isKnown(at: $0) }.sorted()
            return radii.isEmpty ? 0 : radii[radii.count * 99 / 100]
        }
        return max(attacked, known.max() ?? 0)
    }

    private func curve(_ curve: ClassifierReport.Curve, upTo limit: Double) -> RobustnessPlot.Curve {
        let corners = curve.corners(upTo: limit)
        return RobustnessPlot.Curve(
            curve.name, radii: corners.map(\.radius), accuracies: corners.map(\.accuracy),
            style: curve.kind == .estimate ? .dashes : .line)
    }
}
