import ArgumentParser
import Certification
import Datasets
import Foundation
import Records
import Statistics

/// A model certified, or used for predictions, on a data set, with what it finds kept in a directory.
struct CertificationRun {
    let model: LoadedModel
    let images: LabelledImages
    let settings: SmoothingSettings
    let selection: ImageSelection
    let batchSize: Int?
    let threads: Int
    let output: String

    /// Goes on with the run until it is finished; returns its record.
    ///
    /// - Throws: Whatever stops it, an exit code for a signal; what is complete by then is kept.
    func start() throws -> RunRecord {
        try images.requireLabels(below: model.network.classCount)
        let classifier = try SmoothedClassifier(model.network, settings.noise, seed: settings.seed, batchSize: batchSize)
        let record = RunRecord(
            model: model.record, data: .init(images), settings: settings, selection: selection,
            environment: .init(
                processor: Processor.name, threads: threads, batch: classifier.batchSize,
                libraries: SmoothedClassifier.libraries))
        guard record.progress.images > 0 else {
            throw CommandError("""
                no image is left: \(images.name) has \(images.count), and shard \(selection.shard) gets none of those selected
                """)
        }
        let directory = try RunDirectory(at: URL(fileURLWithPath: output), for: record)
        if directory.completedBefore > 0 {
            Terminal.note("going on after \(directory.completedBefore) of \(record.progress.images) images")
        }
        let progress = RunProgress(total: directory.remaining.count, samplesPerImage: settings.samplesPerImage)
        let interruption = Interruption()
        do {
            try classifier.run(
                settings, on: directory.remaining, of: images, threads: threads, shouldStop: { interruption.signal != nil }
            ) { certificate in
                try directory.append(certificate)
                progress.advance()
            }
        } catch {
            progress.finish()
            // What is complete is on disk; let the table and the record say so too, if they can.
            try? directory.save()
            throw error
        }
        progress.finish()
        try directory.save()
        let done = directory.record
        if let signal = interruption.signal, !done.progress.finished {
            Terminal.note("""
                \(output) has \(done.progress.completed) of \(done.progress.images) images; \
                start again with the same settings to go on
                """)
            throw ExitCode(128 + signal)
        }
        return done
    }
}

/// How far a run has come, with its rate.
///
/// Unchecked because `certify` delivers one certificate at a time.
private final class RunProgress: @unchecked Sendable {
    private let samplesPerImage: Int
    private let bar: ProgressBar
    private let start = ContinuousClock.now
    private var done = 0

    init(total: Int, samplesPerImage: Int) {
        self.samplesPerImage = samplesPerImage
        bar = ProgressBar(total: total, unit: "images")
    }

    func advance() {
        done += 1
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        bar.show(done, remark: "\(Int(clamping: Double(done * samplesPerImage) / seconds).formatted()) samples/s")
    }

    func finish() { bar.finish() }
}
