import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyStatistics
import SuretyTensors
import Synchronization

/// The cost of images whose votes decide when they stop, estimated from the first samples of some of them, with separate noise.
///
/// If the pilot decides an image, its cost is known. For any other image, the continuation is simulated several times: its
/// probabilities are drawn given its votes so far, and from them the votes at the future looks. The votes of
/// one image leave much open, and those of the others help: if most images have all votes so far, the network is nearly always
/// right, and most of them will go on like this. So the prior for the share of votes that an image's most frequent class does not
/// have is the mixture of beta distributions that suits the pilot's images (`BetaMixture`).
package struct Pilot: Sendable {
    /// An image's votes, and how it goes on if they do not decide it.
    fileprivate struct Image {
        let votes: Votes
        let undecided: (plan: StoppingPlan, next: Int)?

        /// The samples so far, besides those that chose the class.
        var samples: Int { votes.estimation.reduce(0, +) }
    }

    /// What images cost.
    package struct Cost: Sendable {
        /// Samples in all: the mean of the pilot's costs, and the range of its resamples but one in forty at either end.
        package let typical: Double, range: ClosedRange<Double>
        /// The largest mean cost of an image of the pilot, as a multiple of all images' mean.
        package let largestShare: Double
    }

    private var images: [Image] = []
    private let n0: Int
    private let key: UInt64

    /// How often an undecided image is simulated.
    package static let plays = 16

    /// An empty pilot of runs with `n0` samples that choose the class.
    ///
    /// - Parameter key: The key of the simulations.
    package init(n0: Int, key: UInt64) { (self.n0, self.key) = (n0, key) }

    /// The images of the pilot.
    package var imageCount: Int { images.count }

    /// The samples that the pilot itself took.
    package var samples: Int { images.reduce(0) { $0 + n0 + $1.samples } }

    /// The cost of `count` images.
    ///
    /// - Parameter seed: The seed of the resampling.
    /// - Returns: nil before the first image of the pilot.
    package func cost(of count: Int, seed: UInt64 = 0) throws -> Cost? {
        let costs = try costs, means = costs.map { Double($0.reduce(0, +)) / Double($0.count) }
        guard let largest = means.max() else { return nil }
        var generator = PhiloxGenerator(key: seed, 0, 0, RandomStream.pilotResampling.rawValue)
        let mean = means.reduce(0, +) / Double(means.count)
        // Even if the pilot had all images, the run's own noise gives them other costs.
        let estimates = (0..<1000).map { _ in
            Bootstrap.indices(count: costs.count, using: &generator).reduce(0.0) { sum, image in
                sum + Double(costs[image][Int.random(in: 0..<costs[image].count, using: &generator)])
            } / Double(costs.count)
        }
        return Bootstrap.spread(of: estimates, holding: .nineteenTwentieths).map { spread in
            Cost(
                typical: mean * Double(count), range: spread.lowerBound * Double(count)...spread.upperBound * Double(count),
                largestShare: largest / mean)
        }
    }

    /// For each image of the pilot, the samples it takes in all: the actual number, or the number in each simulation.
    private var costs: [[Int]] {
        get throws {
            let prior = try BetaMixture(suiting: images.map { image in
                (image.samples - (image.votes.estimation.max() ?? 0), image.samples)
            })
            return try images.map { image in
                guard let (plan, next) = image.undecided else { return [n0 + image.samples] }
                var generator = PhiloxGenerator(
                    key: key, UInt32(truncatingIfNeeded: image.votes.image), 0, RandomStream.pilotPlays.rawValue)
                return try (0..<Pilot.plays).map { _ in try n0 + plan.played(image.votes, next, prior, using: &generator) }
            }
        }
    }

    fileprivate mutating func add(_ more: [Image]) { images += more }
}

extension SmoothedClassifier {
    /// Adds images to a pilot.
    ///
    /// - Parameters:
    ///   - indices: Which images.
    ///   - limit: An image is simulated from its first look with at least this many samples on.
    /// - Throws: Like `certify`.
    package func extend(
        _ pilot: inout Pilot, with indices: [Int], of images: LabelledImages, by certifier: Certifier, limit: Int, threads: Int,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws {
        try require(certifier.noise)
        let plan = try SmoothingSettings.Procedure.certify(certifier).plan(of: images)
        let added = Mutex<[Pilot.Image]>([])
        try countVotes(
            on: indices, of: images, selection: certifier.n0, plan: { PilotPlan(inner: try plan($0), limit: limit) }, threads: threads,
            shouldStop: shouldStop
        ) { votes in
            var undecided: (plan: StoppingPlan, next: Int)?
            if var going = try plan(votes.image) as? StoppingPlan {
                var next = going.first
                for look in votes.looks where next != nil { next = try going.next(after: votes.upTo(look)) }
                undecided = next.map { (going, $0) }
            }
            added.withLock { $0.append(Pilot.Image(votes: votes, undecided: undecided)) }
        }
        pilot.add(added.withLock(\.self))
    }

    /// How many samples all threads classify per second, measured for some seconds. The first quarter is left out: threads do not
    /// begin at once, and first batches run with cold caches.
    package func samplesPerSecond(
        on image: Int, of images: LabelledImages, seconds: Double, threads: Int, shouldStop: @escaping @Sendable () -> Bool
    ) throws -> Double {
        struct Measurement {
            var first, start: ContinuousClock.Instant?
            var end = ContinuousClock.now
            var samples = 0
        }
        let measured = Mutex(Measurement())
        let isOver = { @Sendable in
            measured.withLock { measured in measured.first.map { .now - $0 > .seconds(seconds) } ?? false }
        }
        try countVotes(
            on: [image], of: images, selection: 0, plan: { _ in FixedSamples(first: Int(UInt32.max)) }, threads: threads,
            shouldStop: { isOver() || shouldStop() },
            watch: VoteWatch(counted: { samples in
                measured.withLock { measured in
                    measured.end = .now
                    guard let first = measured.first, measured.end - first > .seconds(seconds / 4) else {
                        measured.first = measured.first ?? measured.end
                        measured.start = measured.end
                        return
                    }
                    measured.samples += samples
                }
            })) { _ in }
        return measured.withLock { measured in
            measured.start.map { Double(measured.samples) / max(1e-6, (measured.end - $0) / .seconds(1)) } ?? 0
        }
    }
}

/// A plan that ends at the first look with `limit` samples.
private struct PilotPlan: SamplePlan {
    var inner: any SamplePlan
    let limit: Int

    var start: Votes? { inner.start }
    var first: Int? { inner.first }
    var most: Int { inner.most }

    mutating func next(after votes: Votes) throws -> Int? {
        let next = try inner.next(after: votes)
        return votes.estimation.reduce(0, +) >= limit ? nil : next
    }
}

extension Votes {
    fileprivate func upTo(_ look: [Int]) -> Votes {
        Votes(image: image, selection: selection, estimation: look, looks: looks, seconds: seconds)
    }
}

extension StoppingPlan {
    /// How many samples an image takes if it goes on after `votes` with a look at `next`.
    fileprivate func played(
        _ votes: Votes, _ next: Int, _ prior: BetaMixture, using generator: inout PhiloxGenerator
    ) throws -> Int {
        var plan = self, counts = votes.estimation, look = Optional(next)
        let probabilities = try Self.probabilities(given: counts, prior, using: &generator)
        while let samples = look {
            counts = zip(counts, Self.votes(samples - counts.reduce(0, +), probabilities, using: &generator)).map(+)
            look = try plan.next(after: votes.upTo(counts))
        }
        return counts.reduce(0, +)
    }

    /// Probabilities of the classes given votes: for all but the class with most votes together, a draw given their votes, which
    /// they share as they share these.
    private static func probabilities(
        given counts: [Int], _ prior: BetaMixture, using generator: inout PhiloxGenerator
    ) throws -> [Double] {
        let total = counts.reduce(0, +)
        guard let top = counts.indices.max(by: { counts[$0] < counts[$1] }), counts.count > 1 else { return counts.map { _ in 1 } }
        let q = try prior.rate(after: total - counts[top], of: total, using: &generator)
        let rest = Double(total - counts[top] + 1), share = 1 / Double(counts.count - 1)
        return counts.indices.map { $0 == top ? 1 - q : q * (Double(counts[$0]) + share) / rest }
    }

    /// The votes of this many samples.
    private static func votes(_ samples: Int, _ probabilities: [Double], using generator: inout PhiloxGenerator) -> [Int] {
        var (left, weight) = (samples, 1.0)
        let rarest = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
        var votes = probabilities.map { _ in 0 }
        for place in rarest.dropLast() where left > 0 {
            let count = binomial(left, min(1, probabilities[place] / weight), using: &generator)
            votes[place] = count
            left -= count
            weight -= probabilities[place]
        }
        if let last = rarest.last { votes[last] = left }
        return votes
    }

    /// Successes in `n` trials: drawn as the gaps between them if they are few, or as a rounded normal number if they are many.
    private static func binomial(_ n: Int, _ p: Double, using generator: inout PhiloxGenerator) -> Int {
        if p <= 0 { return 0 }
        if p > 0.5 { return n - binomial(n, 1 - p, using: &generator) }
        let mean = Double(n) * p
        if mean > 50 {
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
            let normal = radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
            return min(n, max(0, Int((mean + normal * (mean * (1 - p)).squareRoot()).rounded())))
        }
        var (place, count) = (0.0, 0)
        while true {
            place += (log(1 - Double.random(in: 0..<1, using: &generator)) / log1p(-p)).rounded(.down) + 1
            if place > Double(n) { return count }
            count += 1
        }
    }
}
