import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Synchronization

/// How far attacks get on images, judged apart from the attacks.
///
///     let evaluation = AttackEvaluation(of: network, attempts: [.init(attack, radius: 0.3)], distance: .ball(.linf))
///     try evaluation.run(on: images, indices: Array(0..<100), threads: 2) { print($0.isSuccess, $0.distance(in: .ball(.linf))) }
///
/// Each attempt is made on the images for which the attempts before it found nothing within its radius. Its proposal is
/// limited to [0, 1], brought back into the ball if rounding put it outside, and moved onto the grid of a smoothed
/// classifier, which sees no other images. Then it is classified anew and measured. The nearest of all successes on an image
/// counts. An image that is already misclassified is a success at distance 0, and no attack is tried. If an attack proposes
/// something that is not finite, the image counts as not found, and the others go on.
///
/// A network that ends in softmax, or another increasing function that saturates, is followed below it, and judged as it is:
/// see `Network.beforeIncreasingOutput`.
public struct AttackEvaluation: Sendable {
    /// An attack, and the radius that its images must be within: the one it was made for. Without a radius, any distance counts.
    public struct Attempt: Sendable {
        /// The attack that proposes images.
        public let attack: any Attack
        /// The largest distance that counts as a success: in units of pixels in [0, 1], or for images of mass 1. nil for any
        /// distance.
        public let radius: Double?
        /// Whether it is made on every image that is classified correctly, found already or not, and its result is recorded
        /// with the loss.
        public let isMeasured: Bool

        /// - Parameters:
        ///   - radius: Usually the one that the attack was made for; nil for attacks that seek the smallest distance.
        ///   - isMeasured: Whether it is made on every image that is classified correctly, and recorded with its loss.
        public init(_ attack: any Attack, radius: Double? = nil, isMeasured: Bool = false) {
            (self.attack, self.radius, self.isMeasured) = (attack, radius, isMeasured)
        }
    }

    /// The noise of a smoothed classifier that is attacked, and the copies that the attack averages over.
    public struct Smoothing: Sendable, Equatable {
        /// The classifier's noise. Attacks average over copies from `NoiseFamily.attackSampler`. Only the judge's noise counts.
        public let noise: Noise
        /// Noisy copies of each image, m_test; at least 1.
        public let copies: Int

        /// - Parameter copies: At least 1. With few the attack is weak.
        public init(noise: Noise, copies: Int) { (self.noise, self.copies) = (noise, copies) }
    }

    /// The network whose gradients the attacks follow, up to its logits.
    public let source: Network
    /// The network whose loss is recorded for measured attempts.
    public let measured: Network
    /// What is tried on each image, in this order.
    public let attempts: [Attempt]
    /// The distance that the attacks keep small, in which success is measured.
    public let distance: AttackDistance
    /// The noise and the copies of a smoothed classifier; nil where the network itself is attacked.
    public let smoothing: Smoothing?
    /// The key of all random numbers.
    public let seed: UInt64
    /// Images that a thread attacks at a time. Results do not depend on it.
    public let batchSize: Int
    /// Whether the judge's network is not `source`.
    public let isTransfer: Bool
    /// Whether the judged network gives other classes than `source` in single precision; nil if they are the same network.
    private let sourceKeepsClasses: Bool?
    /// How attacks that do not search along the boundary convolve.
    private let algorithm: ConvolutionAlgorithm
    private let makeJudge: @Sendable () throws -> any AttackJudge

    /// - Parameters:
    ///   - source: The network attacked. If it is not the judge's, this is a transfer attack, and only the judge decides: see
    ///     `AttackBatch.Decision`.
    ///   - attempts: In this order; those with radii are best given in rising order.
    ///   - batchSize: Images a thread attacks at a time. Results do not depend on it.
    ///   - measured: The network whose loss is recorded for measured attempts; `source` if none is given.
    ///   - makeJudge: Makes the judge of each thread; the network itself if none is given.
    ///   - algorithm: How attacks convolve, except those that look for the smallest distance: the judge must see the same
    ///     class at the point where their search ends.
    ///   - isTransfer: Whether the judge uses another network. If not given, a judge of the base classifier is taken to use one.
    public init(
        of source: Network, attempts: [Attempt], distance: AttackDistance, smoothing: Smoothing? = nil, seed: UInt64 = 0,
        batchSize: Int = 32, measuring measured: Network? = nil,
        judgedBy makeJudge: (@Sendable () throws -> any AttackJudge)? = nil,
        convolving algorithm: ConvolutionAlgorithm = .direct, isTransfer: Bool? = nil
    ) {
        let below = source.beforeIncreasingOutput
        // The network does not change: attacks need not pack its weights at each run.
        self.source = (below?.network ?? source).withFixedParameters
        sourceKeepsClasses = below?.keepsClasses
        self.isTransfer = isTransfer ?? (makeJudge != nil && smoothing == nil)
        self.measured = measured ?? source
        self.attempts = attempts
        self.distance = distance
        self.smoothing = smoothing
        self.seed = seed
        self.algorithm = algorithm
        self.batchSize = batchSize
        self.makeJudge = makeJudge ?? { try NetworkJudge(source, batchSize: batchSize) }
    }

    /// Checks, in a transfer, that each attack can do without the answers of the network it follows.
    ///
    /// - Throws: `AttackError` that names one that cannot.
    public func check() throws(AttackError) {
        guard isTransfer else { return }
        // The one within cells needs samples, too.
        let others = AttackCatalogue.names {
            $0.transfers && $0.aim != .withinCell
                && (smoothing == nil ? $0.attacksBase : $0.attacksSmoothed && !$0.seeksSmallestDistance)
        }
        for attempt in attempts {
            let type = type(of: attempt.attack)
            guard type.transfers else {
                throw AttackError("""
                    \(type.name) knows only the boundary of the network it follows, and cannot attack another by transfer: leave \
                    the source out, or choose one of \(others)
                    """)
            }
            if smoothing != nil, type.seeksSmallestDistance {
                throw AttackError("""
                    \(type.name) would have to show each image it tries to PREDICT, to attack a smoothed classifier by transfer: \
                    leave the source out, or choose one of \(others)
                    """)
            }
        }
    }

    /// The network that an attack follows.
    package func followed(by attack: any Attack) -> Network {
        source.convolving(by: type(of: attack).seeksSmallestDistance ? .direct : algorithm)
    }

    /// How the attacks convolve: by Winograd's algorithm if at least one does.
    ///
    /// - Throws: `NetworkError` or `GraphError` when the network cannot be compiled.
    package var convolution: ConvolutionAlgorithm {
        get throws {
            let mayChoose = attempts.contains { !type(of: $0.attack).seeksSmallestDistance }
            return mayChoose ? try Classifier.Compiled(source.convolving(by: algorithm), batchSize: 1).convolution : .direct
        }
    }

    /// Who decides about images while this attack runs.
    func decision(for attack: any Attack, judge: any AttackJudge) -> AttackBatch.Decision {
        if isTransfer { return smoothing == nil ? .judge(judge) : .nobody }
        guard let sourceKeepsClasses, smoothing == nil else { return .source }
        // What counts are the saved network's own classes. Next to the boundary, where searches end, rounding changes them.
        return sourceKeepsClasses && !type(of: attack).seeksSmallestDistance ? .source : .judge(judge)
    }

    /// Attacks the images and delivers the findings, one call at a time, in the order of `indices`.
    ///
    /// - Parameter shouldStop: Asked before each group of images; once true, the groups not begun are left out.
    /// - Throws: `AttackError` for settings that make no sense or images of another shape than the network's, `NetworkError`,
    ///   `GraphError`, and what `deliver` throws.
    public func run(
        on images: LabelledImages, indices: [Int], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false },
        deliver: @escaping @Sendable (AttackedImage) throws -> Void
    ) throws {
        try run(on: images, indices: indices, threads: threads, shouldStop: shouldStop, deliverGroup: { try $0.forEach(deliver) })
    }

    /// The same, but delivers several findings at a time.
    public func run(
        on images: LabelledImages, indices: [Int], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false },
        deliverGroup deliver: @escaping @Sendable ([AttackedImage]) throws -> Void
    ) throws {
        try check()
        guard images.shape == source.imageShape else {
            throw AttackError("the network is for images \(source.imageShape), and those of \(images.name) are \(images.shape)")
        }
        guard batchSize > 0, threads > 0 else { throw AttackError("batches and threads must be at least 1") }
        // Large enough that the rest of a group fills batches; small enough that all threads stay busy to the end, and that a
        // killed run loses little.
        let share = (indices.count + threads - 1) / threads
        let groupSize = min(4 * batchSize, max(min(batchSize, share), share / 8, 1))
        let groups = stride(from: 0, to: indices.count, by: groupSize).map {
            Array(indices[$0..<min($0 + groupSize, indices.count)])
        }
        let next = Atomic(0)
        let delivery = Mutex(Delivery())
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            do {
                let worker = try AttackWorker(self, judge: makeJudge(), images: images)
                while !shouldStop(), delivery.withLock({ $0.failure == nil }) {
                    let place = next.add(1, ordering: .relaxed).oldValue
                    guard place < groups.count else { return }
                    let findings = try worker.attack(groups[place])
                    try delivery.withLock { delivery in
                        delivery.waiting[place] = findings
                        while let next = delivery.waiting.removeValue(forKey: delivery.next) {
                            try deliver(next)
                            delivery.next += 1
                        }
                    }
                }
            } catch {
                delivery.withLock { $0.failure = $0.failure ?? error }
            }
        }
        if let error = delivery.withLock({ $0.failure }) { throw error }
    }
}

/// Groups that are finished before earlier ones wait here.
private struct Delivery {
    var waiting: [Int: [AttackedImage]] = [:]
    var next = 0
    var failure: (any Error)?
}
