import Foundation
import Synchronization

/// Runs `body` for worker 0 and worker 1 at once, each on its own thread whatever the number of processors, and waits for
/// both; throws an error that one of them threw.
func onBothWorkers(_ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failure = Mutex<(any Error)?>(nil)
    let run = { @Sendable (worker: Int) in
        do { try body(worker) } catch { failure.withLock { $0 = error } }
    }
    let second = DispatchSemaphore(value: 0)
    let thread = Thread {
        run(1)
        second.signal()
    }
    thread.stackSize = 16 << 20
    thread.start()
    run(0)
    second.wait()
    if let error = failure.withLock({ $0 }) { throw error }
}
