import Foundation
import SuretyStatistics

/// How a report writes numbers: what is guaranteed is rounded down, where an attack succeeded is rounded up, and what is not
/// known is a dash.
enum Figures {
    static func short(_ value: Double) -> String { String(format: "%g", value) }
    static func plain(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
    static func floored(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 4) } ?? "–" }
    /// A distance at which an attack succeeded is rounded up: there it surely has.
    static func ceiled(_ value: Double) -> String { String(format: "%.4f", (value * 1e4).rounded(.up) / 1e4) }
    static func fraction(_ value: Double?) -> String { value.map { $0.decimalRoundedDown(digits: 3) } ?? "–" }
    /// In thousandths, rounded down as a ratio of whole numbers: 411 of 500 are 0.822, though the double nearest to that may
    /// lie below it.
    static func fraction(_ count: Int, of all: Int) -> String {
        all > 0 ? String(format: "%.3f", Double(count * 1000 / all) / 1000) : "–"
    }
    static func answer(_ value: Int?) -> String { value.map { "\($0)" } ?? "none" }
}
