import Foundation
import Surety

/// What is printed about bounds at the end.
struct BoundsSummary {
    let text: String

    init(_ bounds: [ImageBounds], _ estimated: EstimatedBounds, norm: Norm, epsilon: Double?) {
        let correct = bounds.filter { $0.answer == $0.label }
        var rows = [["images", "\(bounds.count)", "of which right: \(Self.share(correct.count, bounds.count))"]]
        if let symbol = estimated.all.first?.kind.symbol {
            rows.append(["", "L", "mean L-bound", "mean \(symbol)-bound", "standing"])
        }
        rows += estimated.all.map { Self.row($0, bounds) }
        let proven = bounds.compactMap(\.proven)
        if let method = proven.first?.method {
            let name = "\(method.rawValue), \(norm.symbol)"
            rows.append(
                epsilon.map { epsilon in
                    let count = proven.filter { $0.radius >= epsilon }.count
                    return [name, "robust within \(epsilon)", Self.share(count, bounds.count), "", "proven"]
                } ?? [name, "", "mean radius", Self.mean(proven.map(\.radius)), "proven"])
        }
        text = columns(rows)
    }

    private static func share(_ count: Int, _ total: Int) -> String {
        // In hundredths of a per cent, rounded down.
        let share = 10_000 * count / Swift.max(1, total)
        return "\(count) (\(String(format: "%.2f", Double(share) / 100)) %)"
    }

    private static func mean(_ radii: [Double]) -> String {
        (radii.reduce(0, +) / Double(Swift.max(1, radii.count))).decimalRoundedDown(digits: 5)
    }

    /// Estimates, each with the interval that holds nine tenths of the bootstrap's values.
    private static func row(_ it: LossBounds, _ bounds: [ImageBounds]) -> [String] {
        let losses = bounds.compactMap { it.scores == .logits ? $0.logits : $0.probabilities }
        func figure(_ value: Double?, _ spread: ClosedRange<Double>?, _ text: (Double) -> String) -> String {
            guard let value else { return "–" }
            return text(value) + (spread.map { " (\(text($0.lowerBound)) to \(text($0.upperBound)))" } ?? "")
        }
        func mean(_ radius: (LossConstants, ImageBounds.Estimates) -> Double) -> String {
            func mean(_ constants: LossConstants) -> Double {
                losses.reduce(0) { $0 + radius(constants, $1) } / Double(Swift.max(1, losses.count))
            }
            return figure(it.constants.map(mean), it.spread(of: mean)) { $0.decimalRoundedDown(digits: 5) }
        }
        let steeper = it.lipschitz.value.map { lipschitz in losses.count { $0.gradientNorm > lipschitz } } ?? 0
        let doubt = steeper == 0 ? "" : "; L is below the gradient of \(steeper) image\(steeper == 1 ? "" : "s")"
        return [
            it.scores.rawValue, figure(it.lipschitz.value, it.lipschitzSpread) { String(format: "%.5g", $0) },
            mean { $0.lipschitzBound(loss: $1.loss) }, mean { $0.modulusBound(loss: $1.loss, gradientNorm: $1.gradientNorm) },
            (it.failures.isEmpty ? "estimate" : "estimate, failed") + doubt,
        ]
    }
}
