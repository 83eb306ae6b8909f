import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords

/// Checks the directory of a training: the digests of the record and of the files, and that checkpoint, history and model
/// agree: the model has the checkpoint's parameters, and its metadata are those of the record.
///
///     for finding in TrainingVerification.findings(in: directory) { print(finding) }
///
/// It reads anything and throws nothing: what cannot be read becomes a finding. Only training again can tell whether the
/// training was made as stated.
public struct TrainingVerification {
    private let directory: URL
    private var findings: [Finding] = []

    /// - Parameter data: The training images, to compare their digest with; nil leaves it unchecked.
    public static func findings(in directory: URL, data: LabelledImages? = nil) -> [Finding] {
        var verification = TrainingVerification(directory: directory)
        verification.run(data)
        return verification.findings
    }

    private init(directory: URL) { self.directory = directory }

    private mutating func run(_ data: LabelledImages?) {
        guard let record = checkRecord() else { return }
        findings += record.files.findings(in: directory)
        for name in [TrainingFile.checkpoint, TrainingFile.history] + (record.progress.finished ? [TrainingFile.model] : [])
        where record.files[name] == nil && record.progress.completed > 0 {
            report("run.json", "files has no digest of \(name)")
        }
        guard findings.isEmpty, record.progress.completed > 0 else { return }
        checkStory(record)
        if let data, DataRecord(data) != record.data {
            report("run.json", "data is not the data given (\(data.name), \(data.split.rawValue), \(data.sha256.prefix(12))…)")
        }
    }

    private mutating func checkRecord() -> TrainingRecord? {
        let file = RunFile.record(in: directory)
        do {
            let contents = try RunFile.read(file)
            let record = try JSONDecoder().decode(TrainingRecord.self, from: contents)
            if try record.fileContents() != contents {
                report("run.json", "the record does not match its digest: something in it was altered or added")
            }
            return record
        } catch {
            report("run.json", "it cannot be read: \(CanonicalJSON.explain(error))")
            return nil
        }
    }

    private mutating func checkStory(_ record: TrainingRecord) {
        do {
            let checkpoint = try Checkpoint(contentsOf: directory.appending(path: TrainingFile.checkpoint))
            let history = checkpoint.history
            let expected = TrainingRecord(
                data: record.data, settings: record.settings, environment: record.environment, epochs: record.progress.epochs,
                history: history)
            if expected.progress != record.progress { report("run.json", "progress is not that of the checkpoint") }
            let table = try RunFile.read(directory.appending(path: TrainingFile.history))
            if table != Trainer.Epoch.table(of: history) { report(TrainingFile.history, "it is not the checkpoint's history") }
            guard record.progress.finished else { return }
            let model = try Model(
                contentsOf: directory.appending(path: TrainingFile.model).path, imageShape: record.data.shape)
            for (key, value) in record.settings where model.metadata[key] != value {
                report(TrainingFile.model, "its metadata say \(key): \(model.metadata[key] ?? "nothing"), and run.json \(value)")
            }
            for (name, tensor) in checkpoint.parameters where model.network.parameters[name] != tensor {
                report(TrainingFile.model, "its parameter \(name) is not the checkpoint's")
            }
        } catch {
            report("run.json", "\(error)")
        }
    }

    private mutating func report(_ file: String, _ message: String) {
        findings.append(Finding(file: file, message: message))
    }
}
