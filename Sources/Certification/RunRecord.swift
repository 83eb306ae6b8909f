import Datasets
import Foundation
import Records
import Tensors

/// What a run was asked to do, with which model, data and random numbers, and how far it got: the content of `run.json`.
///
/// The settings digest covers all that votes and bounds depend on; every certificate is bound to it. The digest covers
/// the whole record. Both are SHA-256 over canonical JSON. They make a casual alteration visible; a forger can compute
/// them anew, and only a replay from the seeds tells.
public struct RunRecord: Sendable, Equatable {
    /// The generator, in words precise enough to write another, and its key.
    public struct Random: Sendable, Equatable, Codable {
        public let generator: String
        public let counter: String
        public let key: UInt64

        public init(_ noise: Noise, key: UInt64) {
            generator = type(of: noise.family).generator
            counter = "(block, sample, image, stream); streams: 0 selection, 1 estimation"
            self.key = key
        }
    }

    /// Where the run took place, of several machines each once. Votes don't depend on threads and batch, and on processor
    /// and libraries only where two logits are almost equal.
    public struct Environment: Sendable, Equatable, Codable {
        public let processor: String
        public let threads: Int
        public let batch: Int
        public let libraries: String

        public init(processor: String, threads: Int, batch: Int, libraries: String) {
            (self.processor, self.threads, self.batch, self.libraries) = (processor, threads, batch, libraries)
        }
    }

    /// How far the run has come. `seconds` is the time spent on completed images.
    public struct Progress: Sendable, Equatable, Codable {
        public internal(set) var images: Int
        public internal(set) var completed: Int
        public internal(set) var finished: Bool
        public internal(set) var seconds: Double

        init(images: Int, completed: Int, finished: Bool, seconds: Double) {
            (self.images, self.completed, self.finished, self.seconds) = (images, completed, finished, seconds)
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            images = try container.decode(Int.self, forKey: .images)
            completed = try container.decode(Int.self, forKey: .completed)
            finished = try container.decode(Bool.self, forKey: .finished)
            seconds = try container.decodeSeconds(forKey: .seconds)
        }
    }

    public internal(set) var version: String
    public let model: ModelRecord
    public let data: DataRecord
    public let settings: SmoothingSettings
    public let random: Random
    public internal(set) var selection: ImageSelection
    public internal(set) var environment: Environment
    public internal(set) var progress: Progress

    /// The record of a run that is about to begin.
    public init(
        model: ModelRecord, data: DataRecord, settings: SmoothingSettings, selection: ImageSelection, environment: Environment
    ) {
        version = RecordFormat.version
        (self.model, self.data, self.settings) = (model, data, settings)
        (self.selection, self.environment) = (selection, environment)
        random = Random(settings.noise, key: settings.seed)
        progress = Progress(images: selection.count(of: data.count), completed: 0, finished: false, seconds: 0)
    }

    /// Noisy samples classified per second of certifying; 0 before any.
    public var samplesPerSecond: Double {
        let samples = Double(progress.completed) * Double(settings.samplesPerImage)
        return progress.seconds > 0 ? samples / progress.seconds : 0
    }

    /// The number of values of an image.
    var dimensions: Int { data.shape.reduce(1, *) }
}
