import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing

/// What certifying a test set will cost, judged by a pilot with noise of its own.
public struct CostEstimate: Sendable {
    /// The images of the run.
    public let images: Int
    /// Samples that all threads classify in a second.
    public let samplesPerSecond: Double
    /// The samples of a run with n for each image.
    public let fixedSamples: Double
    /// The samples of the run if images stop by their votes: a typical number, and its range in nine of ten cases; nil if all
    /// images take n.
    public let stopping: (typical: Double, range: ClosedRange<Double>)?
    /// Images of the pilot, and the samples they took.
    public let pilotImages, pilotSamples: Int
    /// The largest cost of an image of the pilot, as a multiple of the mean.
    public let largestShare: Double?

    /// The seconds that this many samples take.
    public func seconds(_ samples: Double) -> Double { samples / max(samplesPerSecond, 1e-9) }
}

extension Model {
    /// Estimates the cost of `certify` with the same settings.
    ///
    /// The rate is measured for three seconds, and if images stop by their votes, a pilot of a hundred of them or more is
    /// partly certified, until the range is no wider than a factor of two, or the time is up. No sample of it ever counts in
    /// a run.
    ///
    /// - Parameter seconds: The time that the pilot may take.
    public func cost(
        ofCertifying images: LabelledImages, with certifier: Certifier, seed: UInt64 = 0, selection: ImageSelection = .all,
        seconds: Double = 60, _ execution: Execution = Execution()
    ) throws -> CostEstimate {
        try images.requireLabels(below: network.classCount)
        try selection.requireImages(of: images)
        let key = NoiseKey(seed: seed, model: record, data: .init(images), noise: certifier.noise, procedure: .pilot)
        let classifier = try SmoothedClassifier(network.convolving(by: execution.convolution), certifier.noise, key: key.value, batchSize: execution.batchSize)
        let indices = selection.indices(of: images.count), order = Array(indices).spread
        let shouldStop = execution.monitor.shouldStop
        let rate = try classifier.samplesPerSecond(
            on: order[0], of: images, seconds: min(3, seconds), threads: execution.threads, shouldStop: shouldStop)
        var pilot = Pilot(), cost: (typical: Double, range: ClosedRange<Double>)?
        if certifier.stopping != nil {
            let start = ContinuousClock.now
            let limit = min(certifier.n, max(64, Int(rate * seconds / 4 / 100)), 1 << 14)
            var remaining = order[...]
            repeat {
                try classifier.extend(
                    &pilot, with: Array(remaining.prefix(100)), of: images, by: certifier, limit: limit, threads: execution.threads,
                    shouldStop: shouldStop)
                remaining = remaining.dropFirst(100)
                cost = pilot.cost(of: order.count, seed: seed)
            } while cost.map { $0.range.upperBound > 2 * $0.range.lowerBound } ?? false && !remaining.isEmpty && !shouldStop()
                && (ContinuousClock.now - start) / .seconds(1) < seconds
        }
        let means = pilot.costs.map { Double($0.reduce(0, +)) / Double($0.count) }
        return CostEstimate(
            images: order.count, samplesPerSecond: rate, fixedSamples: Double(order.count) * Double(certifier.n0 + certifier.n),
            stopping: cost, pilotImages: pilot.costs.count, pilotSamples: pilot.samples,
            largestShare: means.max().map { $0 * Double(means.count) / means.reduce(0, +) })
    }
}
