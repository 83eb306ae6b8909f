import Foundation
import Synchronization

/// Runs `body` on `count` threads at once and waits for all; throws the first error.
package func onThreads(_ count: Int, _ body: @escaping @Sendable () throws -> Void) throws {
    let firstError = Mutex<(any Error)?>(nil)
    let group = DispatchGroup()
    for _ in 0..<max(1, count) {
        group.enter()
        let thread = Thread {
            defer { group.leave() }
            do { try body() } catch { firstError.withLock { $0 = $0 ?? error } }
        }
        thread.stackSize = 16 << 20
        thread.start()
    }
    group.wait()
    if let error = firstError.withLock({ $0 }) { throw error }
}
