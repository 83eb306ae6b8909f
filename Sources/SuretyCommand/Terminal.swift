import ArgumentParser
import Foundation
import Surety

/// Messages to the person at the terminal, on the error stream, so that results can be piped.
enum Terminal {
    static func note(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
    }

    static func warn(_ warnings: [String]) {
        for warning in warnings { note("warning: \(warning)") }
    }

    static var isInteractive: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }
}

extension Terminal {
    /// Runs work that a signal can stop, with a bar for its progress.
    ///
    /// - Parameter work: For the message: what will still be completed after a signal.
    /// - Throws: What the work throws.
    static func follow<Result>(
        finishing work: String = "the samples in hand", threads: Int = Execution().threads, batch: Int? = nil,
        _ body: (Execution) throws -> Result
    ) throws -> (result: Result, signal: Int32?) {
        let interruption = Interruption(finishing: work)
        let bars = ProgressBars()
        let execution = Execution(
            threads: threads, batchSize: batch,
            monitor: Monitor(note: note, progress: bars.show, shouldStop: { interruption.signal != nil }))
        defer { bars.finish() }
        return (try body(execution), interruption.signal)
    }

    /// The same for a run in a directory. If a signal stops it, it reports the progress, and the process ends with the
    /// signal's exit code.
    static func follow<Settings>(
        _ output: String, finishing work: String = "the samples in hand", threads: Int = Execution().threads, batch: Int? = nil,
        _ body: (Execution) throws -> RunContents<Settings>
    ) throws -> RunContents<Settings> {
        let (run, signal) = try follow(finishing: work, threads: threads, batch: batch, body)
        try stop(run.record.progress.finished ? nil : signal, output, run.record.progress.completed, run.record.progress.images, "images")
        return run
    }

    /// If there was a signal, says what is kept and ends the process.
    static func stop(_ signal: Int32?, _ output: String, _ done: Int, _ total: Int, _ unit: String) throws {
        guard let signal else { return }
        note("\(output) has \(done) of \(total) \(unit); start again with the same settings to go on")
        throw ExitCode(128 + signal)
    }
}

/// The progress bar of the current work; there is one at a time.
///
/// Unchecked because a monitor is told of progress by one thread at a time.
private final class ProgressBars: @unchecked Sendable {
    private var current: (bar: ProgressBar, total: Int, unit: String)?

    func show(_ progress: Monitor.Progress) {
        if current?.total != progress.total || current?.unit != progress.unit {
            finish()
            current = (ProgressBar(total: progress.total, unit: progress.unit), progress.total, progress.unit)
        }
        current?.bar.show(progress.done, remark: progress.remark)
    }

    func finish() {
        current?.bar.finish()
        current = nil
    }
}

/// The progress of a long run: a bar that is redrawn on a terminal, otherwise a line from time to time.
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
        // The first moments tell little: an attack begins with images that are already misclassified, which take no time.
        let left = done == 0 || done == total || seconds < 2 ? "" : ", \(Self.duration(seconds / Double(done) * Double(total - done))) left"
        let text = "\(done)/\(total) \(unit), \(remark)\(left)"
        if isInteractive {
            let filled = total == 0 ? 24 : 24 * done / total
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
            FileHandle.standardError.write(Data("\r\u{1B}[2K\(bar) \(text)".utf8))
        } else {
            Terminal.note(text)
        }
    }

    /// Leaves the bar in place and goes on below it.
    func finish() {
        if isInteractive && lastShown != nil { Terminal.note("") }
    }

    /// Seconds as a duration: 42 s, 3 min 5 s, 2 h 10 min.
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
