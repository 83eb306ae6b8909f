import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords

/// What a training was, and how far it got: the content of `run.json` in its directory, with its digest.
///
/// The files beside it are bound to it by their digests. The checkpoint is the training's memory; this is its account.
public struct TrainingRecord: Sendable, Equatable, Codable {
    /// How far the training has come.
    public struct Progress: Sendable, Equatable, Codable {
        /// Epochs asked for, and done.
        public let epochs, completed: Int
        /// Whether all epochs asked for are done.
        public let finished: Bool
        /// The time spent on the epochs that are done.
        public let seconds: Double
    }

    /// The record's format version: `RecordFormat.schema`.
    public let schema: Int
    /// The version of Surety.
    public let surety: String
    /// Always `train`.
    public let method: String
    /// The training images.
    public let data: DataRecord
    /// How the model is made, as its file will say.
    public let settings: [String: String]
    /// Where the training takes place: processor, threads and libraries.
    public let environment: RunEnvironment
    /// SHA-256 of the files in the directory, by name.
    public package(set) var files = AttachedFiles()
    /// How far the training has come, and how long that took.
    public var progress: Progress

    /// The name of this kind of run.
    public static let method = "train"

    /// The record of a training up to the end of its history, with no files yet.
    ///
    /// - Parameters:
    ///   - settings: How the model is made, as its file will say.
    ///   - epochs: How many were asked for.
    ///   - history: The epochs that are done.
    public init(data: DataRecord, settings: [String: String], environment: RunEnvironment, epochs: Int, history: [Trainer.Epoch]) {
        (schema, surety, method) = (RecordFormat.schema, RecordFormat.version, Self.method)
        (self.data, self.settings, self.environment) = (data, settings, environment)
        progress = Progress(
            epochs: epochs, completed: history.count, finished: history.count == epochs,
            seconds: history.reduce(0) { $0 + $1.seconds })
    }

    /// The bytes of `run.json`.
    package func fileContents() throws -> Data { try SealedRecord(self).fileContents() }
}

extension Trainer.Epoch {
    /// A history as a table, with the share of confined images if the defense confines any.
    package static func table(of history: [Trainer.Epoch]) -> Data {
        let rows = history.map { epoch in
            let seconds = String(format: "%.3f", epoch.seconds)
            let share = epoch.confinedShare.map { ",\($0)" } ?? ""
            return "\(epoch.number),\(epoch.loss),\(epoch.accuracy),\(epoch.learningRate),\(seconds)\(share)\n"
        }
        let last = history.contains { $0.confinedShare != nil } ? ",stopped_by_cell" : ""
        return Data("epoch,loss,accuracy,learning_rate,seconds\(last)\n\(rows.joined())".utf8)
    }
}

/// The files of a training's directory.
package enum TrainingFile {
    package static let (checkpoint, history, model) = ("checkpoint", "history.csv", "model.onnx")
}
