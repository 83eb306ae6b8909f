import Foundation
import SuretyBounds
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyReports
import SuretySharing

extension Model {
    /// The bounds of each selected image, estimated and proven, kept in a directory. Starts a run there, or continues one.
    ///
    /// - Parameter sample: What the estimates are made from; nil for none.
    /// - Returns: The run, which is not finished when the monitor asked to stop, and what was estimated; nil for both when it
    ///   asked to stop before the first image.
    /// - Throws: Any error that stops it; what is complete by then is kept.
    @discardableResult
    public func bound(
        _ images: LabelledImages, norm: Norm, sample: BoundsSettings.Sample?, proven: BoundsSettings.Proven?,
        selection: ImageSelection = .all, into url: URL, _ execution: Execution = Execution()
    ) throws -> (run: BoundsRun, estimated: EstimatedBounds)? {
        try selection.requireImages(of: images)
        if let sample { try BoundsSettings.Sample.require(sample.images, shapedAs: images) }
        let settings = BoundsSettings(norm: norm, estimates: sample, proven: proven)
        let directory = try RunDirectory(
            at: url,
            for: BoundsRecord(
                model: record, data: .init(images), settings: settings, selection: selection,
                environment: execution.environment()))
        guard let computation = try computation(settings, sample, execution) else { return nil }
        try directory.attach(try FitReport(computation.estimated).fileContents(), as: FitReport.file, isFixed: true)
        if sample != nil {
            execution.monitor.draw("plot of the fits") {
                try QuantilePlot(computation.estimated).draw(to: url.appending(path: "fits.svg"))
            }
        }
        let run = try directory.finish(execution.monitor, save: { try directory.save() }) { counter in
            let remaining = directory.remaining
            // A run that is stopped loses at most one portion: not much of a short run, and not much time of a long one.
            let portion = min(max(remaining.count / 16, 4 * execution.threads), 64 * execution.threads)
            for start in stride(from: 0, to: remaining.count, by: portion) where !execution.monitor.shouldStop() {
                let indices = Array(remaining[start..<min(remaining.count, start + portion)])
                try directory.append(computation.bounds(of: images, at: indices))
                counter.advance(by: indices.count) { _, _ in proven == nil ? "estimating" : "proving" }
            }
        }
        return (run, computation.estimated)
    }

    /// The bounds likewise, as one of any number of equal workers on a shared folder. Each makes the estimates, which must be
    /// the same.
    ///
    /// - Returns: Once all images are done, or the monitor asks to stop; nil if it did so before the estimates were made.
    @discardableResult
    public func bound(
        _ images: LabelledImages, norm: Norm, sample: BoundsSettings.Sample?, proven: BoundsSettings.Proven?,
        selection: ImageSelection = .all, sharing share: SharingOptions, _ execution: Execution = Execution()
    ) throws -> SharedProgress? {
        try selection.requireImages(of: images)
        if let sample { try BoundsSettings.Sample.require(sample.images, shapedAs: images) }
        let settings = BoundsSettings(norm: norm, estimates: sample, proven: proven)
        let worker = Worker(execution.environment())
        let run = try share.join(
            BoundsRecord(
                model: record, data: .init(images), settings: settings, selection: selection, environment: execution.environment()),
            as: worker)
        guard let computation = try computation(settings, sample, execution) else { return nil }
        try run.agree(on: FitReport(computation.estimated).fileContents(), as: FitReport.file)
        let portion = 4 * execution.threads, stopped = execution.monitor.shouldStop
        let task = GroupTask(run, pieceSeconds: share.pieceSeconds) { indices, isOver in
            var found: [ImageBounds] = []
            while found.count < indices.count, !isOver(), !stopped() {
                found += try computation.bounds(of: images, at: Array(indices[found.count...].prefix(portion)))
            }
            return found
        }
        return try SharedWorker(run, task, as: worker, execution.monitor).work()
    }

    /// The estimates; nil when asked to stop. None of them are kept: the run starts anew.
    private func computation(
        _ settings: BoundsSettings, _ sample: BoundsSettings.Sample?, _ execution: Execution
    ) throws -> BoundsComputation? {
        struct Stopped: Error {}
        let monitor = execution.monitor
        let blocks = (sample?.scores.count ?? 0) * (sample?.sampling.blocks ?? 0)
        let counter = ProgressCounter(total: blocks, unit: "blocks", monitor)
        let computation: BoundsComputation
        do {
            computation = try BoundsComputation(settings, of: network, sample: sample, threads: execution.threads) {
                counter.advance { _, _ in "sampling L and ω" }
                if monitor.shouldStop() { throw Stopped() }
            }
        } catch is Stopped {
            return nil
        }
        if let refusal = computation.refusal {
            // Without estimates, there is nothing to continue with.
            guard sample != nil else { throw refusal }
            monitor.note("\(refusal); the estimates go on without it")
        }
        for it in computation.estimated.all {
            for failure in it.failures { monitor.note("\(it.scores.rawValue): estimate failed: \(failure)") }
        }
        return computation
    }
}
