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
    /// Wall time since the image before, in seconds.
    public var seconds: Double
}

/// Why votes could not be counted.
public enum VotingError: Error, CustomStringConvertible, Sendable {
    /// An output of the model on a noisy copy of the image is NaN.
    case notANumber(image: Int)

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
    /// All threads work on one queue of samples, image after image, so that no batch has room left and no
    /// thread waits at the end of an image.
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
        guard threads * compiled.byteCount <= Int(ProcessInfo.processInfo.physicalMemory) else {
            throw GraphError("\(threads) threads with batches of \(batchSize) need more memory than this machine has: take fewer or smaller ones")
        }
        let queue = SampleQueue(
            indices: indices, selection: selection, estimation: estimation, classCount: classCount,
            deliver: deliver)
        do {
            try onThreads(threads) {
                do {
                    try work(on: queue, images: images, shouldStop: shouldStop)
                } catch {
                    queue.stop()
                    throw error
                }
            }
        } catch let error as VotingError {
            // The images before the one at fault may be complete, some of them since the same batch.
            try queue.deliverCompleted()
            throw error
        }
        try queue.deliverCompleted()
    }

    private func work(on queue: SampleQueue, images: LabelledImages, shouldStop: () -> Bool) throws {
        let batch = try NoisyBatch(self)
        while !shouldStop() {
            let segments = queue.take(batchSize)
            if segments.isEmpty { return }
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
                queue.add(votes.compactMap { $0 }, for: segment)
            }
            try queue.deliverCompleted()
        }
    }
}

/// The samples of all images as one queue, and the tallies of images in work.
private final class SampleQueue: Sendable {
    /// Consecutive samples of one image in one stream.
    struct Segment {
        let position: Int
        let image: Int
        let stream: RandomStream
        let samples: Range<Int>
    }

    private struct State {
        var position = 0
        var sample = 0
        var isStopped = false
        var tallies: [Int: Votes] = [:]
        var outstanding: [Int: Int] = [:]
    }

    private struct Delivery {
        var next = 0
        var lastTime = ContinuousClock.now
    }

    private let indices: [Int]
    private let selection: Int
    private let estimation: Int
    private let classCount: Int
    private let deliver: @Sendable (Votes) throws -> Void
    private let state = Mutex(State())
    private let delivery = Mutex(Delivery())

    init(
        indices: [Int], selection: Int, estimation: Int, classCount: Int, deliver: @escaping @Sendable (Votes) throws -> Void
    ) {
        self.indices = indices
        self.selection = selection
        self.estimation = estimation
        self.classCount = classCount
        self.deliver = deliver
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// The next `count` samples, fewer at the end.
    func take(_ count: Int) -> [Segment] {
        state.withLock { state in
            var segments: [Segment] = []
            var room = state.isStopped ? 0 : count
            while room > 0 && state.position < indices.count {
                // Samples of an image: first the selection stream's, then the estimation stream's.
                let isSelecting = state.sample < selection
                let start = isSelecting ? state.sample : state.sample - selection
                let end = min(start + room, isSelecting ? selection : estimation)
                segments.append(
                    Segment(
                        position: state.position, image: indices[state.position],
                        stream: isSelecting ? .selection : .estimation, samples: start..<end))
                room -= end - start
                state.sample += end - start
                if state.sample == selection + estimation {
                    state.position += 1
                    state.sample = 0
                }
            }
            return segments
        }
    }

    func add(_ classes: [Int], for segment: Segment) {
        let zeros = Array(repeating: 0, count: classCount)
        state.withLock { state in
            var tally = state.tallies[segment.position]
                ?? Votes(image: segment.image, selection: zeros, estimation: zeros, seconds: 0)
            for chosen in classes {
                if segment.stream == .selection { tally.selection[chosen] += 1 } else { tally.estimation[chosen] += 1 }
            }
            state.tallies[segment.position] = tally
            state.outstanding[segment.position, default: selection + estimation] -= classes.count
        }
    }

    /// Delivers, in order, the images all of whose samples have been counted. While another thread is
    /// delivering, leaves them to the next call rather than wait for the disk.
    func deliverCompleted() throws {
        _ = try delivery.withLockIfAvailable { delivery in
            while let votes = takeCompleted(delivery.next) {
                let now = ContinuousClock.now
                var timed = votes
                timed.seconds = delivery.lastTime.duration(to: now) / .seconds(1)
                delivery.lastTime = now
                try deliver(timed)
                delivery.next += 1
            }
        }
    }

    private func takeCompleted(_ position: Int) -> Votes? {
        state.withLock { state in
            guard state.outstanding[position] == 0 else { return nil }
            state.outstanding[position] = nil
            return state.tallies.removeValue(forKey: position)
        }
    }
}
