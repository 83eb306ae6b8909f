import Foundation
import Surety

/// What is printed about bounds at the end.
struct BoundsSummary {
    let text: String

    init(_ figures: BoundsFigures, norm: Norm, epsilon: Double?) {
        func share(_ count: Int) -> String { Self.share(count, of: figures.imageCount) }
        var rows = [["images", "\(figures.imageCount)", "of which right: \(share(figures.correctCount))"]]
        if let symbol = figures.losses.first?.estimates.kind.symbol {
            rows.append(["", "L", "mean L-bound", "mean \(symbol)-bound", "standing"])
        }
        rows += figures.losses.map(Self.row)
        if let method = figures.method {
            let name = "\(method.rawValue), \(norm.symbol)"
            if let epsilon {
                rows.append([name, "robust within \(epsilon)", share(figures.robustCount(within: epsilon)), "", "proven"])
            } else {
                let mean = figures.meanProvenRadius?.decimalRoundedDown(digits: 5) ?? "–"
                rows.append([name, "", "mean radius", mean, "proven"])
            }
        }
        text = columns(rows)
    }

    private static func share(_ count: Int, of total: Int) -> String {
        // In hundredths of a per cent, rounded down.
        let share = 10_000 * count / Swift.max(1, total)
        return "\(count) (\(String(format: "%.2f", Double(share) / 100)) %)"
    }

    /// Estimates, each with the interval that holds nine tenths of the bootstrap's values.
    private static func row(_ loss: BoundsFigures.Loss) -> [String] {
        func figure(_ value: Double?, _ spread: ClosedRange<Double>?, _ text: (Double) -> String) -> String {
            guard let value else { return "–" }
            return text(value) + (spread.map { " (\(text($0.lowerBound)) to \(text($0.upperBound)))" } ?? "")
        }
        func mean(_ bound: BoundsFigures.MeanBound?) -> String {
            figure(bound?.mean, bound?.spread) { $0.decimalRoundedDown(digits: 5) }
        }
        let (it, steeper) = (loss.estimates, loss.steeperImages)
        let doubt = steeper == 0 ? "" : "; L is below the gradient of \(steeper) image\(steeper == 1 ? "" : "s")"
        return [
            it.scores.rawValue, figure(it.lipschitz.value, it.lipschitzSpread) { String(format: "%.5g", $0) },
            mean(loss.lipschitzBound), mean(loss.modulusBound),
            (it.failures.isEmpty ? "estimate" : "estimate, failed") + doubt,
        ]
    }
}
