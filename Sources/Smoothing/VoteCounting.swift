import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Synchronization

/// The votes of a base classifier on noisy copies of one image.
public struct Votes: Sendable, Equatable {
    /// The image's index in its data set.
    public let image: Int
    /// Votes per class among the samples that choose the class.
    public var selection: [Int]
    /// Votes per class among the samples that estimate its probability.
    public var estimation: [Int]
    /// The values of `estimation` at each look; the last is the final one.
    public var looks: [[Int]]
    /// Wall time since the previous image, in seconds, including the time of votes already known.
    public var seconds: Double
}

/// Why votes could not be counted.
public enum VotingError: Error, CustomStringConvertible, Sendable {
    /// An output of the model on a noisy copy of the image is NaN.
    case notANumber(image: Int)

    /// What is wrong, and what to check, for people.
    public var description: String {
        switch self {
        case .notANumber(let image):
            """
            the model's output on a noisy copy of image \(image) is not a number: check the weights, and whether \
            the model expects normalised pixels (--mean, --std)
            """
        }
    }
}

extension SmoothedClassifier {
    /// SAMPLEUNDERNOISE of Cohen et al. for many images: counts the votes on the n₀ and n noisy copies of each.
    ///
    /// - Parameters:
    ///   - indices: The images, in the order of delivery.
    ///   - selection: n₀.
    ///   - estimation: n.
    ///   - threads: Threads, each with memory of its own.
    ///   - shouldStop: Asked before each batch; once true, images not yet complete are dropped.
    ///   - deliver: Receives the votes of each image, in order, one call at a time.
    /// - Throws: What `deliver` throws; `VotingError` when an output is not a number, after the images completed before it
    ///   have been delivered; `GraphError`.
    public func countVotes(
        on indices: [Int], of images: LabelledImages, selection: Int, estimation: Int, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false }, deliver: @escaping @Sendable (Votes) throws -> Void
    ) throws {
        try countVotes(
            on: indices, of: images, selection: selection, plan: { _ in FixedSamples(first: estimation) }, threads: threads,
            shouldStop: shouldStop, deliver: deliver)
    }

    /// The same, for images that each have their own plan of how many samples to take.
    ///
    /// All threads work on one queue of samples: first those of the first image that needs any, then of the next, and so on.
    /// So every batch is full, and no thread waits for an image whose look is not complete.
    ///
    /// - Parameters:
    ///   - plan: Makes the plan of the image with this index.
    ///   - portion: The number of samples after which no further image or look is begun; images in progress are then
    ///     delivered at the look they have reached, and images not begun are not delivered. nil for no limit.
    ///   - watch: Told about each batch's samples, and given what is known about images that are not complete.
    func countVotes(
        on indices: [Int], of images: LabelledImages, selection: Int, plan: @escaping @Sendable (Int) throws -> any SamplePlan,
        portion: Int? = nil, threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }, watch: VoteWatch = VoteWatch(),
        deliver: @escaping @Sendable (Votes) throws -> Void
    ) throws {
        guard threads * compiled.byteCount <= Int(ProcessInfo.processInfo.physicalMemory) else {
            throw GraphError("\(threads) threads with batches of \(batchSize) need more memory than this machine has: take fewer or smaller ones")
        }
        let queue = SampleQueue(
            indices: indices, selection: selection, plan: plan, portion: portion ?? .max, classCount: classCount, deliver: deliver)
        do {
            try onThreads(threads) {
                do {
                    try work(on: queue, images: images, shouldStop: shouldStop, watch: watch)
                } catch {
                    queue.stop()
                    throw error
                }
            }
        } catch let error as VotingError {
            // The images before the faulty one may be complete, some of them only since this batch.
            try queue.deliverCompleted()
            throw error
        }
        try queue.deliverCompleted()
        try watch.keep(queue.unfinished)
    }

    private func work(
        on queue: SampleQueue, images: LabelledImages, shouldStop: () -> Bool, watch: VoteWatch
    ) throws {
        let batch = try NoisyBatch(self)
        while !shouldStop() {
            guard let segments = try queue.take(batchSize) else { return }
            if segments.isEmpty {
                // The last images wait for their looks, at which they may need more samples.
                Thread.sleep(forTimeInterval: 0.0002)
                continue
            }
            for segment in segments {
                batch.append(
                    images.image(at: segment.image), index: segment.image, samples: segment.samples,
                    stream: segment.stream)
            }
            var classes = batch.classify()[...]
            for segment in segments {
                let votes = classes.prefix(segment.samples.count)
                classes = classes.dropFirst(votes.count)
                guard !votes.contains(nil) else { throw VotingError.notANumber(image: segment.image) }
                try queue.add(votes.compactMap { $0 }, for: segment)
            }
            watch.counted(segments.reduce(0) { $0 + $1.samples.count })
            try queue.whenDue { try watch.keep(queue.unfinished) }
            try queue.deliverCompleted()
        }
    }
}

/// An observer of the counting of votes.
struct VoteWatch: Sendable {
    /// Told how many samples a batch had.
    var counted: @Sendable (Int) -> Void = { _ in }
    /// Receives the votes of incomplete images that have looks, up to their last look, and of complete images that wait for
    /// their turn: each minute, and at the end.
    var keep: @Sendable ([Votes]) throws -> Void = { _ in }
}

/// The samples of all images as one queue, and the tallies of images in progress.
private final class SampleQueue: Sendable {
    /// Consecutive samples of one image in one stream.
    struct Segment {
        let position: Int
        let image: Int
        let stream: RandomStream
        let samples: Range<Int>
    }

    /// An image in progress.
    struct Work {
        var votes: Votes
        var plan: any SamplePlan
        /// The samples of the next look.
        var look: Int
        /// Samples taken from the queue, of the selection and of the estimation.
        var selected = 0, drawn = 0
        /// Samples up to the next look whose votes are not yet counted.
        var outstanding: Int
    }

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

    init(
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
    /// first, so that there are few of them.
    func take(_ count: Int) throws -> [Segment]? {
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
            return segments
        }
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

    /// Counts votes. The thread that counts the last ones of a look asks the plan what comes next, while others go on.
    func add(_ classes: [Int], for segment: Segment) throws {
        let atLook: Work? = state.withLock { state in
            guard var work = state.work.removeValue(forKey: segment.position) else { return nil }
            for chosen in classes {
                if segment.stream == .selection { work.votes.selection[chosen] += 1 } else { work.votes.estimation[chosen] += 1 }
            }
            work.outstanding -= classes.count
            if work.outstanding == 0 {
                state.deciding += 1
                return work
            }
            state.work[segment.position] = work
            return nil
        }
        guard var work = atLook else { return }
        work.votes.looks.append(work.votes.estimation)
        if let look = try work.plan.next(after: work.votes), spend(look - work.look) {
            work.outstanding = look - work.look
            work.look = look
            state.withLock { state in
                state.deciding -= 1
                state.work[segment.position] = work
                state.ready.insert(segment.position, at: state.ready.firstIndex { $0 > segment.position } ?? state.ready.count)
            }
        } else {
            state.withLock { state in
                state.deciding -= 1
                state.completed[segment.position] = work.votes
            }
        }
    }

    /// Whether the portion has room for a look with this many more samples.
    private func spend(_ samples: Int) -> Bool {
        state.withLock { state in
            guard state.spent + samples <= portion else { return false }
            state.spent += samples
            return true
        }
    }

    /// Delivers, in order, the images all of whose samples have been counted. If another thread is already delivering, leaves
    /// them to the next call rather than wait for the disk.
    func deliverCompleted() throws {
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
    fileprivate func isTaken(_ selection: Int) -> Bool { selected == selection && drawn == look }
}
