import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing

extension Model {
    /// CERTIFY for each selected image, kept in a directory: begun there, or gone on with.
    ///
    ///     let run = try model.certify(images, with: Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 100, n: 100_000), into: url)
    ///
    /// - Returns: The run; it is not finished when the monitor asked to stop.
    /// - Throws: Whatever stops it; what is complete by then is kept.
    @discardableResult
    public func certify(
        _ images: LabelledImages, with certifier: Certifier, seed: UInt64 = 0, selection: ImageSelection = .all, into directory: URL,
        _ execution: Execution = Execution()
    ) throws -> SmoothingRun {
        try smooth(images, SmoothingSettings(.certify(certifier), seed: seed), selection, directory, execution)
    }

    /// PREDICT for each selected image, kept in a directory likewise.
    @discardableResult
    public func predict(
        _ images: LabelledImages, with predictor: Predictor, seed: UInt64 = 0, selection: ImageSelection = .all, into directory: URL,
        _ execution: Execution = Execution()
    ) throws -> SmoothingRun {
        try smooth(images, SmoothingSettings(.predict(predictor), seed: seed), selection, directory, execution)
    }

    private func smooth(
        _ images: LabelledImages, _ settings: SmoothingSettings, _ selection: ImageSelection, _ url: URL, _ execution: Execution
    ) throws -> SmoothingRun {
        try images.requireLabels(below: network.classCount)
        try selection.requireImages(of: images)
        let key = settings.key(model: record, data: .init(images))
        let classifier = try SmoothedClassifier(network, settings.noise, key: key, batchSize: execution.batchSize)
        let directory = try RunDirectory(
            at: url,
            for: SmoothingRecord(
                model: record, data: .init(images), settings: settings, selection: selection,
                environment: execution.environment(batch: classifier.batchSize)))
        return try directory.finish(execution.monitor, save: { try directory.save() }) { counter in
            try classifier.run(
                settings.procedure, on: directory.remaining, of: images, threads: execution.threads,
                shouldStop: execution.monitor.shouldStop
            ) { certificate in
                try directory.append(certificate)
                counter.advance { done, seconds in
                    settings.sampleCount.map { "\(Int(clamping: Double(done * $0) / seconds).formatted()) samples/s" }
                        ?? String(format: "%.3g images/s", Double(done) / seconds)
                }
            }
        }
    }
}

extension ImageSelection {
    /// - Throws: `RunError.invalidSettings` when it takes no image.
    func requireImages(of images: LabelledImages) throws(RunError) {
        guard count(of: images.count) == 0 else { return }
        throw RunError(.invalidSettings, """
            no image is left: \(images.name) has \(images.count), and shard \(shard) gets none of those selected
            """)
    }
}
