import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyStatistics
import SuretyTensors

/// What certifying a test set will cost, judged by a pilot with noise of its own.
public struct CostEstimate: Sendable {
    /// The images of the run.
    public let images: Int
    /// Samples that all threads classify in a second.
    public let samplesPerSecond: Double
    /// The samples of a run with n for each image.
    public let fixedSamples: Double
    /// The samples of the run if images stop by their votes: a typical number, and its range in nineteen of twenty cases; nil
    /// if all images take n, or if the pilot was stopped before its first image.
    public let stopping: (typical: Double, range: ClosedRange<Double>)?
    /// Images of the pilot, and the samples they took.
    public let pilotImages, pilotSamples: Int
    /// The largest cost of an image of the pilot, as a multiple of the mean.
    public let largestShare: Double?

    package init(
        images: Int, samplesPerSecond: Double, fixedSamples: Double, stopping: (typical: Double, range: ClosedRange<Double>)?,
        pilotImages: Int, pilotSamples: Int, largestShare: Double?
    ) {
        (self.images, self.samplesPerSecond, self.fixedSamples) = (images, samplesPerSecond, fixedSamples)
        (self.stopping, self.pilotImages, self.pilotSamples) = (stopping, pilotImages, pilotSamples)
        self.largestShare = largestShare
    }

    /// The seconds that this many samples take.
    public func seconds(_ samples: Double) -> Double { samples / max(samplesPerSecond, 1e-9) }
}

extension CostEstimate {
    /// How a run fits a time.
    public enum Fit: Sendable, Equatable {
        /// It fits as it was planned.
        case asPlanned
        /// It fits with every `skip`-th image of the set, which are `images` in all (at least one, even if that
        /// does not fit); or with `n` samples for each of the images
        /// that were planned. `n` is nil if it would be below 100, or if images stop by their votes: then the cost depends
        /// little on it.
        case reduced(skip: Int, images: Int, n: Int?)
    }

    /// How the run fits a time. If images stop by their votes, the upper end of the range of its cost is what must fit.
    ///
    ///     try model.cost(ofCertifying: images, with: certifier).fit(within: 3600, n0: 100)
    ///
    /// - Parameters:
    ///   - seconds: The time, above 0.
    ///   - skip: The run was planned for every `skip`-th image of the set.
    ///   - n0: The samples that choose an image's class, which its n are in addition to.
    public func fit(within seconds: Double, skip: Int = 1, n0: Int) -> Fit {
        precondition(seconds > 0, "a time of \(seconds) seconds")
        let needed = self.seconds(stopping?.range.upperBound ?? fixedSamples)
        if needed <= seconds { return .asPlanned }
        let fitting = max(1, Int(clamping: (Double(images) * (seconds / needed)).rounded(.down)))
        let times = (images - 1) / fitting + 1
        let n = Int(clamping: (seconds * samplesPerSecond / Double(images)).rounded(.down)) - n0
        return .reduced(
            skip: Int(clamping: Double(skip) * Double(times)), images: (images - 1) / times + 1,
            n: stopping == nil && n >= Self.leastN ? n : nil)
    }

    /// With fewer, no radius exceeds 1.5 σ at α = 0.001, even if all votes agree: too little to advise.
    private static let leastN = 100
}

extension Model {
    /// Estimates the cost of `certify` with the same settings.
    ///
    /// The rate is measured for ten seconds, and if images stop by their votes, a pilot of two hundred of them or more, or
    /// of as many as there is time for, is partly certified, until the range is no wider than a factor of two, or the time is
    /// up. No sample of it ever counts in a run.
    ///
    /// - Parameter seconds: The time that the pilot may take.
    public func cost(
        ofCertifying images: LabelledImages, with certifier: Certifier, seed: UInt64 = 0, selection: ImageSelection = .all,
        seconds: Double = 60, _ execution: Execution = Execution()
    ) throws -> CostEstimate {
        try images.requireLabels(below: network.classCount)
        try selection.requireImages(of: images)
        let key = NoiseKey(seed: seed, model: record, data: .init(images), noise: certifier.noise, procedure: .pilot)
        let classifier = try SmoothedClassifier(
            network.convolving(by: execution.convolution), certifier.noise, key: key.value, batchSize: execution.batchSize)
        // At random: an order of the set's own would give every seed the same images, and a set may be sorted.
        var generator = PhiloxGenerator(key: key.value, 0, 0, RandomStream.pilotSelection.rawValue)
        let order = selection.indices(of: images.count).shuffled(using: &generator)
        let shouldStop = execution.monitor.shouldStop
        let rate = try classifier.samplesPerSecond(
            on: order[0], of: images, seconds: min(10, seconds), threads: execution.threads, shouldStop: shouldStop)
        var pilot = Pilot(n0: certifier.n0, key: key.value), cost: Pilot.Cost?
        if certifier.stopping != nil {
            let start = ContinuousClock.now
            let limit = min(certifier.n, max(64, Int(clamping: rate * seconds / 400)), 1 << 14)
            let portion = min(200, max(10, Int(clamping: rate * seconds / Double(certifier.n0 + limit))))
            var remaining = order[...]
            repeat {
                try classifier.extend(
                    &pilot, with: Array(remaining.prefix(portion)), of: images, by: certifier, limit: limit,
                    threads: execution.threads, shouldStop: shouldStop)
                remaining = remaining.dropFirst(portion)
                cost = try pilot.cost(of: order.count, seed: seed)
            } while cost.map { $0.range.upperBound > 2 * $0.range.lowerBound } ?? false && !remaining.isEmpty && !shouldStop()
                && (ContinuousClock.now - start) / .seconds(1) < seconds
        }
        return CostEstimate(
            images: order.count, samplesPerSecond: rate, fixedSamples: Double(order.count) * Double(certifier.n0 + certifier.n),
            stopping: cost.map { ($0.typical, $0.range) }, pilotImages: pilot.imageCount, pilotSamples: pilot.samples,
            largestShare: cost?.largestShare)
    }
}
