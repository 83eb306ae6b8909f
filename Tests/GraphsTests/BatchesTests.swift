import Foundation
import SuretyGraphs
import Synchronization
import Testing

@Suite struct BatchesTests {
    /// Each piece of work once, in order, none too large; and with several threads a share for each, the last ones small.
    @Test(arguments: [0, 1, 2, 7, 8, 16, 31, 500], [1, 2, 3, 8]) func cutEverythingUp(count: Int, threads: Int) {
        for size in [1, 4, 16] {
            let ranges = Batches(of: count, upTo: size, threads: threads).ranges
            #expect(ranges.flatMap(Array.init) == Array(0..<count) && ranges.allSatisfy { 1...size ~= $0.count })
            guard threads > 1 else { continue }
            #expect(ranges.count >= min(count, threads))
            for range in ranges { #expect(range.count == 1 || range.count <= (count - range.lowerBound + threads) / threads) }
        }
    }

    /// As few images as `surety bounds` hands over at a time, four for each thread, are work for all of them: each worker
    /// takes a batch. (They wait for one another, so that none can take all.)
    @Test(arguments: [2, 3]) func everyThreadTakesABatch(threads: Int) throws {
        let arrived = Mutex(Set<ObjectIdentifier>())
        final class Worker: Sendable {}
        let results = try Batches(of: 4 * threads, upTo: 16, threads: threads).map {
            Worker()
        } _: { worker, batch in
            arrived.withLock { _ = $0.insert(ObjectIdentifier(worker)) }
            let end = Date.now.addingTimeInterval(10)
            while arrived.withLock({ $0.count < threads }), Date.now < end { usleep(1000) }
            return batch.map { 10 * $0 }
        }
        #expect(arrived.withLock(\.count) == threads)
        #expect(results == (0..<4 * threads).map { 10 * $0 })
    }

    @Test func passesErrorsOn() {
        struct Problem: Error {}
        #expect(throws: Problem.self) {
            try Batches(of: 5, upTo: 2, threads: 2).map { 0 } _: { (_: Int, _) -> [Int] in throw Problem() }
        }
    }
}
