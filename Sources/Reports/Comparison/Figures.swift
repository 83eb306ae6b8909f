import Foundation
import SuretyStatistics

/// How a report writes numbers: guarantees are rounded down, distances of successful attacks are rounded up, and unknown
/// values are a dash.
enum Figures {
    static func short(_ value: Double) -> String { String(format: "%g", value) }
    static func plain(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
    static func floored(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 4) } ?? "–" }
    /// A distance at which an attack succeeded is rounded up: at the larger distance, it certainly succeeded.
    static func ceiled(_ value: Double) -> String { String(format: "%.4f", (value * 1e4).rounded(.up) / 1e4) }
    static func fraction(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 3) } ?? "–" }
    /// In thousandths, rounded down as a ratio of whole numbers: 411 of 500 gives 0.822, although the double nearest to it
    /// may lie below it.
    static func fraction(_ count: Int, of all: Int) -> String {
        all > 0 ? String(format: "%.3f", Double(count * 1000 / all) / 1000) : "–"
    }
    static func answer(_ value: Int?) -> String { value.map { "\($0)" } ?? "none" }
}
