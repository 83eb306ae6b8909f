import Synchronization

/// Work in batches for several threads that take them one after another.
///
/// Batches become smaller towards the end, because each is at most a share of what is left: no thread is idle while there is
/// enough work for all, and none waits long for the last batch ("guided self-scheduling", Polychronopoulos and Kuck 1987).
package struct Batches: Sendable {
    package let ranges: [Range<Int>]
    private let threads: Int

    /// - Parameters:
    ///   - count: Pieces of work in all.
    ///   - size: The most that one batch may have.
    package init(of count: Int, upTo size: Int, threads: Int) {
        self.threads = max(1, threads)
        var ranges: [Range<Int>] = []
        var start = 0
        while start < count {
            // A single thread waits for nobody.
            let share = self.threads == 1 ? size : (count - start + 2 * self.threads - 1) / (2 * self.threads)
            let end = min(count, start + max(1, min(size, share)))
            ranges.append(start..<end)
            start = end
        }
        self.ranges = ranges
    }

    /// The results of `body` for each batch, in order.
    ///
    /// - Parameters:
    ///   - makeWorker: Makes what a thread needs for its work, once on each thread.
    ///   - body: A result for each piece of the batch.
    /// - Throws: The first error of either.
    package func map<Worker, Result: Sendable>(
        worker makeWorker: @escaping @Sendable () throws -> Worker,
        _ body: @escaping @Sendable (Worker, Range<Int>) throws -> [Result]
    ) throws -> [Result] {
        let next = Mutex(0)
        let results = Mutex([[Result]](repeating: [], count: ranges.count))
        try onThreads(min(threads, max(1, ranges.count))) {
            let worker = try makeWorker()
            while let batch = next.withLock({ next -> Int? in
                defer { next += 1 }
                return ranges.indices.contains(next) ? next : nil
            }) {
                let found = try body(worker, ranges[batch])
                results.withLock { $0[batch] = found }
            }
        }
        return results.withLock { $0.flatMap(\.self) }
    }
}
