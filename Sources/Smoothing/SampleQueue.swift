import SuretyTensors
import Synchronization

/// The samples of all images as one queue, and the tallies of images in progress.
package final class SampleQueue: Sendable {
    /// Consecutive samples of one image in one stream.
    package struct Segment: Sendable {
        let position: Int
        let image: Int
        let stream: RandomStream
        package let samples: Range<Int>
    }

    /// An image in progress.
    struct Work {
        var votes: Votes
        var plan: any SamplePlan
        /// The samples of the next look.
        var look: Int
        /// Samples taken from the queue, of the selection and of the estimation, the latter perhaps beyond the next look.
        var selected = 0, drawn = 0
        /// Samples up to the next look whose votes are not yet counted.
        var outstanding: Int
    }

    /// The classes of consecutive samples, by the number of the first; nil where an output was not a number.
    typealias Answers = [Int: [Int?]]

    private struct State {
        /// The first image not begun.
        var position = 0
        /// Samples of all looks begun.
        var spent = 0
        var isStopped = false
        /// Images in progress, and which of them have samples to take, in order.
        var work: [Int: Work] = [:]
        var ready: [Int] = []
        /// Images whose plans are being asked.
        var deciding = 0
        /// For each image in progress, the answers that are not counted yet.
        var ahead: [Int: Answers] = [:]
        var completed: [Int: Votes] = [:]
    }

    private struct Delivery {
        var next = 0
        var lastTime = ContinuousClock.now
    }

    private let indices: [Int]
    private let selection: Int
    private let plan: @Sendable (Int) throws -> any SamplePlan
    private let portion: Int
    private let classCount: Int
    private let deliver: @Sendable (Votes) throws -> Void
    private let state = Mutex(State())
    private let delivery = Mutex(Delivery())
    private let lastKept = Mutex(ContinuousClock.now)

    package init(
        indices: [Int], selection: Int, plan: @escaping @Sendable (Int) throws -> any SamplePlan, portion: Int, classCount: Int,
        deliver: @escaping @Sendable (Votes) throws -> Void
    ) {
        self.portion = portion
        self.indices = indices
        self.selection = selection
        self.plan = plan
        self.classCount = classCount
        self.deliver = deliver
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// The next `count` samples, fewer if no image has more for now, and nil if none ever will. Images in progress come
    /// first, so that there are few of them. At the end of the set, samples are drawn ahead.
    package func take(_ count: Int) throws -> [Segment]? {
        try state.withLock { state in
            let isFinished = !hasMore(state) && state.work.isEmpty && state.deciding == 0
            if state.isStopped || isFinished { return nil }
            var segments: [Segment] = []
            var room = count
            while room > 0 {
                while state.ready.isEmpty, hasMore(state) { try begin(&state) }
                guard let position = state.ready.first, var work = state.work[position] else { break }
                let segment = work.take(room, of: selection, at: position)
                segments.append(segment)
                room -= segment.samples.count
                if work.isTaken(selection) { state.ready.removeFirst() }
                state.work[position] = work
            }
            while room > 0, let segment = takeAhead(room, batch: count, &state) {
                segments.append(segment)
                room -= segment.samples.count
            }
            return segments
        }
    }

    /// Samples beyond the next look of an image that waits for it; nil if enough are drawn: as many as the image has up to its
    /// look, or a batch. A batch takes its time however full it is, so at the end of the set they cost nothing.
    private func takeAhead(_ room: Int, batch: Int, _ state: inout State) -> Segment? {
        let left = portion - state.spent
        func limit(_ work: Work) -> Int { min(work.plan.most, work.look + min(max(work.look, batch), left)) }
        func order(_ entry: (key: Int, value: Work)) -> (Int, Int) { (entry.value.drawn - entry.value.look, entry.key) }
        guard let (position, found) = state.work.filter({ $1.drawn < limit($1) }).min(by: { order($0) < order($1) }) else { return nil }
        var work = found
        work.drawn = min(work.drawn + room, limit(work))
        state.work[position] = work
        return Segment(position: position, image: work.votes.image, stream: .estimation, samples: found.drawn..<work.drawn)
    }

    /// Whether there are images to begin.
    private func hasMore(_ state: State) -> Bool { state.position < indices.count && state.spent < portion }

    private func begin(_ state: inout State) throws {
        let image = indices[state.position], zeros = Array(repeating: 0, count: classCount)
        let plan = try plan(image)
        defer { state.position += 1 }
        let votes = plan.start ?? Votes(image: image, selection: zeros, estimation: zeros, looks: [], seconds: 0)
        guard let look = plan.first else {
            state.completed[state.position] = votes
            return
        }
        let drawn = plan.drawn, selected = plan.start == nil ? 0 : selection
        state.spent += selection - selected + look - drawn
        state.work[state.position] = Work(
            votes: votes, plan: plan, look: look, selected: selected, drawn: drawn, outstanding: selection - selected + look - drawn)
        state.ahead[state.position] = [:]
        state.ready.append(state.position)
    }

    /// Votes of images that were begun and not delivered, up to their last look, if they have one.
    var unfinished: [Votes] {
        state.withLock { state in
            let inWork = state.work.values.compactMap { work -> Votes? in
                guard let last = work.votes.looks.last else { return nil }
                var votes = work.votes
                votes.estimation = last
                return votes
            }
            return (inWork + state.completed.values).sorted { $0.image < $1.image }
        }
    }

    /// Does the work that is due each minute, unless another thread is doing it.
    func whenDue(_ body: () throws -> Void) throws {
        _ = try lastKept.withLockIfAvailable { last in
            guard ContinuousClock.now - last > .seconds(60) else { return }
            last = .now
            try body()
        }
    }

    /// Counts votes up to the next look, and keeps those beyond it. The thread that counts the last ones of a look asks the plan
    /// what comes next, while others go on.
    ///
    /// - Returns: How many votes are counted that were not before.
    /// - Throws: `VotingError` when an output that counts is not a number.
    package func add(_ classes: [Int?], for segment: Segment) throws -> Int {
        var counted = 0
        var work: Work? = try state.withLock { state in
            if segment.stream == .estimation { state.ahead[segment.position]?[segment.samples.lowerBound] = classes }
            guard var work = state.work[segment.position] else { return nil }
            if segment.stream == .selection { counted += try work.count(classes, \.selection) }
            return try atLook(&work, segment.position, &counted, &state)
        }
        while var complete = work {
            complete.votes.looks.append(complete.votes.estimation)
            let look = try complete.plan.next(after: complete.votes)
            work = try state.withLock { state in
                state.deciding -= 1
                guard let look, state.spent + look - complete.look <= portion else {
                    state.ahead[segment.position] = nil
                    state.completed[segment.position] = complete.votes
                    return nil
                }
                state.spent += look - complete.look
                (complete.outstanding, complete.look) = (look - complete.look, look)
                return try atLook(&complete, segment.position, &counted, &state)
            }
        }
        return counted
    }

    /// Counts what there is up to the next look. Returns the image if that is all, for its plan to be asked; otherwise puts it
    /// back.
    private func atLook(_ work: inout Work, _ position: Int, _ counted: inout Int, _ state: inout State) throws -> Work? {
        let answers = state.ahead[position] ?? [:]
        for (start, classes) in answers where start < work.look {
            let due = classes.prefix(work.look - start), rest = classes.dropFirst(due.count)
            counted += try work.count(due, \.estimation)
            state.ahead[position]?[start] = nil
            if !rest.isEmpty { state.ahead[position]?[work.look] = Array(rest) }
        }
        guard work.outstanding > 0 else {
            state.work[position] = nil
            state.deciding += 1
            return work
        }
        state.work[position] = work
        if !work.isTaken(selection), !state.ready.contains(position) {
            state.ready.insert(position, at: state.ready.firstIndex { $0 > position } ?? state.ready.count)
        }
        return nil
    }

    /// Delivers, in order, the images all of whose samples have been counted. If another thread is already delivering, leaves
    /// them to the next call rather than wait for the disk.
    package func deliverCompleted() throws {
        _ = try delivery.withLockIfAvailable { delivery in
            while let votes = state.withLock({ $0.completed.removeValue(forKey: delivery.next) }) {
                let now = ContinuousClock.now
                var timed = votes
                timed.seconds += delivery.lastTime.duration(to: now) / .seconds(1)
                delivery.lastTime = now
                try deliver(timed)
                delivery.next += 1
            }
        }
    }
}

extension SampleQueue.Work {
    /// The next samples, `room` at most: first the selection stream's, then the estimation stream's.
    fileprivate mutating func take(_ room: Int, of selection: Int, at position: Int) -> SampleQueue.Segment {
        let isSelecting = selected < selection
        let start = isSelecting ? selected : drawn
        let end = min(start + room, isSelecting ? selection : look)
        if isSelecting { selected = end } else { drawn = end }
        return SampleQueue.Segment(
            position: position, image: votes.image, stream: isSelecting ? .selection : .estimation, samples: start..<end)
    }

    /// Whether all samples up to the next look are taken.
    fileprivate func isTaken(_ selection: Int) -> Bool { selected == selection && drawn >= look }

    /// Counts votes. Returns how many.
    fileprivate mutating func count(
        _ classes: some Collection<Int?>, _ counts: WritableKeyPath<Votes, [Int]>
    ) throws(VotingError) -> Int {
        var tally = votes[keyPath: counts]
        for chosen in classes {
            guard let chosen else { throw .notANumber(image: votes.image) }
            tally[chosen] += 1
        }
        votes[keyPath: counts] = tally
        outstanding -= classes.count
        return classes.count
    }
}
