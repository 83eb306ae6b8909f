import Foundation

/// Messages to the person at the terminal, on the error stream, so that results can be piped.
enum Terminal {
    static func note(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
    }

    static var isInteractive: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }
}

/// How far a long run has come: a bar that is redrawn on a terminal, a line now and then elsewhere.
///
/// Unchecked because it is used by one thread at a time.
final class ProgressBar: @unchecked Sendable {
    private let total: Int
    private let unit: String
    private let isInteractive = Terminal.isInteractive
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    init(total: Int, unit: String) {
        self.total = total
        self.unit = unit
    }

    /// Shows that `done` of the total are done, with a remark such as a rate.
    func show(_ done: Int, remark: String) {
        let now = ContinuousClock.now
        let interval: Duration = isInteractive ? .milliseconds(100) : .seconds(10)
        if let lastShown, now - lastShown < interval, done < total { return }
        lastShown = now
        let seconds = (now - start) / .seconds(1)
        let left = done == 0 || done == total ? "" : ", \(Self.duration(seconds / Double(done) * Double(total - done))) left"
        let text = "\(done)/\(total) \(unit), \(remark)\(left)"
        if isInteractive {
            let filled = total == 0 ? 24 : 24 * done / total
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
            FileHandle.standardError.write(Data("\r\u{1B}[2K\(bar) \(text)".utf8))
        } else {
            Terminal.note(text)
        }
    }

    /// Leaves the bar as it is and goes on below.
    func finish() {
        if isInteractive && lastShown != nil { Terminal.note("") }
    }

    /// Seconds in the words of a clock: 42 s, 3 min 5 s, 2 h 10 min.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "unknown time" }
        let whole = Int(seconds.rounded())
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        default: "\(whole / 3600) h \(whole % 3600 / 60) min"
        }
    }
}
