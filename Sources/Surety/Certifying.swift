import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing

extension Model {
    /// CERTIFY for each selected image, kept in a directory. Starts a run there, or continues one. A run that goes on keeps the looks
    /// at its votes that it began with, and its forecast of further ones, whatever the certifier says: what is usual may have
    /// changed since.
    ///
    ///     let run = try model.certify(images, with: Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 100, n: 100_000), into: url)
    ///
    /// - Parameters:
    ///   - earlier: A run that this one continues: with the same settings, but possibly with other images or, if images stop
    ///     by their votes, with fewer samples. Its votes are not counted again.
    ///   - budget: The seconds to take at most; nil for as long as it takes. With a budget, images are done in an order that
    ///     is spread over the set, and those for which there is no time are left open.
    /// - Returns: The run; it is not finished when the monitor asked to stop.
    /// - Throws: Any error that stops it; what is complete by then is kept.
    @discardableResult
    public func certify(
        _ images: LabelledImages, with certifier: Certifier, seed: UInt64 = 0, selection: ImageSelection = .all,
        extending earlier: SmoothingRun? = nil, budget: Double? = nil, into directory: URL, _ execution: Execution = Execution()
    ) throws -> SmoothingRun {
        try smooth(
            images, SmoothingSettings(.certify(certifier), seed: seed), selection, extending: earlier, budget: budget, directory,
            execution)
    }

    /// PREDICT for each selected image, kept in a directory likewise.
    @discardableResult
    public func predict(
        _ images: LabelledImages, with predictor: Predictor, seed: UInt64 = 0, selection: ImageSelection = .all, into directory: URL,
        _ execution: Execution = Execution()
    ) throws -> SmoothingRun {
        try smooth(
            images, SmoothingSettings(.predict(predictor), seed: seed), selection, extending: nil, budget: nil, directory, execution)
    }

    private func smooth(
        _ images: LabelledImages, _ settings: SmoothingSettings, _ selection: ImageSelection, extending earlier: SmoothingRun?,
        budget: Double?, _ url: URL, _ execution: Execution
    ) throws -> SmoothingRun {
        let before = RunDirectory<SmoothingSettings>.recordOfResults(at: url) ?? earlier?.record
        let (classifier, own) = try smoothed(images, settings, selection, execution, as: before)
        var record = own
        if let earlier {
            try earlier.requireExtension(by: record)
            let selected = Set(selection.indices(of: images.count))
            if earlier.certificates.contains(where: { selected.contains($0.image) }) {
                // Its votes count here.
                record.joinProvenance(of: [record, earlier.record])
            }
        }
        let directory = try RunDirectory(at: url, for: record)
        let work = SmoothingWork(directory, classifier, images, earlier: earlier?.certificates ?? [], execution)
        return try directory.finish(execution.monitor, save: { try directory.save() }) { counter in
            try work.run(counter, budget: budget)
        }
    }

    /// The smoothed classifier of a run, and the run's record.
    ///
    /// - Parameter earlier: The run that goes on, if one does: its looks, its forecast and its way to convolve stay.
    func smoothed(
        _ images: LabelledImages, _ settings: SmoothingSettings, _ selection: ImageSelection, _ execution: Execution,
        as earlier: SmoothingRecord?
    ) throws -> (SmoothedClassifier, SmoothingRecord) {
        let settings = settings.looking(as: earlier?.settings)
        try images.requireLabels(below: network.classCount)
        try selection.requireImages(of: images)
        let key = settings.key(model: record, data: .init(images))
        let classifier = try SmoothedClassifier(
            execution.convolving(network, as: earlier), settings.noise, key: key, batchSize: execution.batchSize)
        let record = SmoothingRecord(
            model: record, data: .init(images), settings: settings, selection: selection,
            environment: execution.environment(batch: classifier.batchSize, convolution: classifier.convolution))
        return (classifier, record)
    }
}

extension ImageSelection {
    /// - Throws: `RunError.invalidSettings` if it selects no image.
    func requireImages(of images: LabelledImages) throws(RunError) {
        guard count(of: images.count) == 0 else { return }
        throw RunError(.invalidSettings, """
            no image is left: \(images.name) has \(images.count), and shard \(shard) gets none of those selected
            """)
    }
}
