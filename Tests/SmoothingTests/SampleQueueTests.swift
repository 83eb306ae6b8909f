import SuretySmoothing
import Synchronization
import Testing

/// What a queue of samples hands out, and what it counts.
@Suite struct SampleQueueTests {
    /// Images 0, 1, …, each with these looks and no selection. Sample s of each has class s mod 2.
    private func queue(images: Int = 1, looks: [Int], portion: Int = .max, _ delivered: @escaping @Sendable (Votes) -> Void) -> SampleQueue {
        SampleQueue(
            indices: Array(0..<images), selection: 0, plan: { _ in GivenLooks(looks) }, portion: portion, classCount: 2, deliver: delivered)
    }

    private func classes(_ segment: SampleQueue.Segment) -> [Int?] { segment.samples.map { $0 % 2 } }

    /// While the last image waits for its look, more is drawn, up to as much again; it counts once the looks before are complete.
    @Test func drawsAheadAtTheEndOfTheSet() throws {
        let votes = Mutex<[Votes]>([])
        let queue = queue(looks: [80, 85, 200]) { it in votes.withLock { $0.append(it) } }
        let first = try #require(try queue.take(80)), ahead = try #require(try queue.take(80))
        #expect(first.map(\.samples) == [0..<80] && ahead.map(\.samples) == [80..<160])
        #expect(try queue.take(80)?.isEmpty == true)
        #expect(try queue.add(classes(ahead[0]), for: ahead[0]) == 0)
        // Two looks are complete at once, and most of what was drawn ahead belongs to the third.
        #expect(try queue.add(classes(first[0]), for: first[0]) == 160)
        let rest = try #require(try queue.take(200))
        #expect(rest.map(\.samples) == [160..<200])
        #expect(try queue.take(80)?.isEmpty == true)
        #expect(try queue.add(classes(rest[0]), for: rest[0]) == 40)
        #expect(try queue.take(80) == nil)
        try queue.deliverCompleted()
        #expect(votes.withLock { $0.map(\.looks) } == [[[40, 40], [43, 42], [100, 100]]])
    }

    /// Nothing is drawn ahead as long as another image needs samples, of an image that will take no more, or beyond the portion.
    @Test func drawsAheadOnlyWhatMayCount() throws {
        let two = queue(images: 2, looks: [80, 90]) { _ in }
        #expect(try two.take(100)?.map(\.samples) == [0..<80, 0..<20])
        #expect(try two.take(100)?.map(\.samples) == [20..<80, 80..<90, 80..<90])
        #expect(try two.take(100)?.isEmpty == true)
        for (portion, ahead) in [(80, []), (83, [80..<83])] {
            let queue = queue(looks: [80, 90], portion: portion) { _ in }
            #expect(try queue.take(100)?.map(\.samples) == [0..<80] + ahead)
            #expect(try queue.take(100)?.isEmpty == true)
        }
    }

    /// Votes that arrive while the plan is asked, which takes its time, are not lost.
    @Test func votesMayArriveWhileThePlanIsAsked() throws {
        struct Asking: SamplePlan {
            let inner = GivenLooks([80, 85, 160])
            let asked: @Sendable () throws -> Void
            let start: Votes? = nil
            var first: Int? { inner.first }
            var most: Int { inner.most }
            func next(after votes: Votes) throws -> Int? {
                if votes.looks.count == 1 { try asked() }
                return inner.next(after: votes)
            }
        }
        let votes = Mutex<[Votes]>([]), late = Mutex<(@Sendable () throws -> Void)?>(nil)
        let plan = Asking { try late.withLock { $0 }?() }
        let queue = SampleQueue(indices: [0], selection: 0, plan: { _ in plan }, portion: .max, classCount: 2) { it in
            votes.withLock { $0.append(it) }
        }
        let first = try #require(try queue.take(80)?.first), ahead = try #require(try queue.take(80)?.first)
        let answers = classes(ahead), counted = Mutex(-1)
        late.withLock { $0 = { let count = try queue.add(answers, for: ahead); counted.withLock { $0 = count } } }
        #expect(try queue.add(classes(first), for: first) == 160)
        #expect(counted.withLock(\.self) == 0)
        #expect(try queue.take(80) == nil)
        try queue.deliverCompleted()
        #expect(votes.withLock { $0.map(\.looks) } == [[[40, 40], [43, 42], [80, 80]]])
    }

    /// What is drawn ahead changes nothing if it does not count: neither the votes nor, where it is not a number, the outcome.
    @Test func whatDoesNotCountIsForgotten() throws {
        struct Stop: SamplePlan {
            let start: Votes? = nil, first: Int? = 80, most = 200
            func next(after votes: Votes) -> Int? { nil }
        }
        let votes = Mutex<[Votes]>([])
        for aheadFirst in [true, false] {
            let queue = SampleQueue(indices: [0], selection: 0, plan: { _ in Stop() }, portion: .max, classCount: 2) { it in
                votes.withLock { $0.append(it) }
            }
            let first = try #require(try queue.take(80)?.first), ahead = try #require(try queue.take(80)?.first)
            let nothing: [Int?] = ahead.samples.map { _ in nil }
            if aheadFirst { #expect(try queue.add(nothing, for: ahead) == 0) }
            #expect(try queue.add(classes(first), for: first) == 80)
            if !aheadFirst { #expect(try queue.add(nothing, for: ahead) == 0) }
            #expect(try queue.take(80) == nil)
            try queue.deliverCompleted()
        }
        #expect(votes.withLock { $0.map(\.estimation) } == [[40, 40], [40, 40]])
        let counting = queue(looks: [80, 90]) { _ in }
        let first = try #require(try counting.take(80)?.first), ahead = try #require(try counting.take(80)?.first)
        _ = try counting.add(ahead.samples.map { _ in nil }, for: ahead)
        #expect(throws: VotingError.self) { try counting.add(classes(first), for: first) }
    }
}
