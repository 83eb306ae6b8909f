import Foundation
import SuretyRecords
import Synchronization

extension RunDirectory {
    /// Continues the run until it is finished or must stop: the common loop of certificates, bounds and attacks.
    ///
    /// - Parameters:
    ///   - save: Writes what is kept beside the lines; always called at the end.
    ///   - work: Processes the images of `remaining`; it calls the counter with how many more are done.
    /// - Returns: The run, with the progress it has made.
    /// - Throws: Any error that stops the work. What is complete by then is kept.
    func finish(
        _ monitor: Monitor, save: () throws -> Void, work: (ProgressCounter) throws -> Void
    ) throws -> RunContents<Settings> {
        let total = record.progress.images
        if completedBefore > 0 { monitor.note("going on after \(completedBefore) of \(total) images") }
        do { try work(ProgressCounter(total: remaining.count, monitor)) } catch {
            // What is complete is on disk; the tables and the record should say so too, if possible.
            try? save()
            throw error
        }
        try save()
        return RunContents(record: record, lines: lines)
    }
}

/// How much of the work is done, for observers.
final class ProgressCounter: Sendable {
    private let total: Int
    private let unit: String
    private let monitor: Monitor
    private let done = Mutex(0)
    private let start = ContinuousClock.now

    init(total: Int, unit: String = "images", _ monitor: Monitor) {
        (self.total, self.unit, self.monitor) = (total, unit, monitor)
    }

    /// - Parameters:
    ///   - count: 0 to report only a new remark.
    ///   - remark: Given the number done, and the seconds it took.
    func advance(by count: Int = 1, _ remark: (_ done: Int, _ seconds: Double) -> String) {
        done.withLock { done in
            done += count
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            monitor.progress(.init(done: done, total: total, unit: unit, remark: remark(done, seconds)))
        }
    }
}
