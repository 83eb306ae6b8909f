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
    /// So every batch is full, and no thread waits for an image whose look is not complete. At the end of the set, when no image
    /// needs samples until its look is complete, batches are filled with those that may follow: they count if it goes on.
    ///
    /// - Parameters:
    ///   - plan: Makes the plan of the image with this index.
    ///   - portion: The number of samples after which no further image or look is begun; images in progress are then
    ///     delivered at the look they have reached, and images not begun are not delivered. nil for no limit.
    ///   - watch: Told how many votes are counted, and given what is known about images that are not complete.
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
                // The last images wait for their looks, and enough of what may follow is drawn ahead.
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
                watch.counted(try queue.add(Array(votes), for: segment))
            }
            try queue.whenDue { try watch.keep(queue.unfinished) }
            try queue.deliverCompleted()
        }
    }
}

/// An observer of the counting of votes.
struct VoteWatch: Sendable {
    /// Told how many votes have been counted.
    var counted: @Sendable (Int) -> Void = { _ in }
    /// Receives the votes of incomplete images that have looks, up to their last look, and of complete images that wait for
    /// their turn: each minute, and at the end.
    var keep: @Sendable ([Votes]) throws -> Void = { _ in }
}
