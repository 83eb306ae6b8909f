import Foundation
import Synchronization

/// Where the workers that run one program at the same time wait for each other and share what they have: `WorkerMean`.
///
/// All must run, each on its own thread, or those that do run wait forever. There are one or two workers, so that the sum
/// does not depend on who comes first.
public final class Meeting: @unchecked Sendable {
    /// How many meet: 1 or 2.
    public let workers: Int
    private let condition = NSCondition()
    /// The values of the worker that waits, and where it wants the mean. Guarded by `condition`.
    private var waiting: (values: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>)?
    /// Means taken so far; changed under `condition`, and read without it by a worker that waits.
    private let round = Atomic<Int>(0)

    /// - Precondition: One or two workers.
    public init(workers: Int) {
        precondition((1...2).contains(workers), "one or two workers meet")
        self.workers = workers
    }

    /// Waits for the other worker and writes the mean of both workers' values.
    func mean(of values: UnsafePointer<Float>, count: Int, into result: UnsafeMutablePointer<Float>) {
        guard workers == 2 else { return result.update(from: values, count: count) }
        condition.lock()
        if let other = waiting {
            waiting = nil
            for i in 0..<count {
                let mean = (values[i] + other.values[i]) / 2
                result[i] = mean
                other.result[i] = mean
            }
            round.add(1, ordering: .releasing)
            condition.signal()
            condition.unlock()
        } else {
            let before = round.load(ordering: .relaxed)
            waiting = (values, result)
            condition.unlock()
            wait(while: before)
        }
    }

    /// Waits until the mean with this number has been taken: awake for a little while, as the other worker is near, then asleep.
    private func wait(while before: Int) {
        for _ in 0..<Self.glances where round.load(ordering: .acquiring) != before { return }
        condition.lock()
        while round.load(ordering: .acquiring) == before { condition.wait() }
        condition.unlock()
    }

    private static let glances = 5000
}
