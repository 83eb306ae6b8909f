import Datasets
import Foundation
import Tensors

/// What a run was asked to do, with which model, data and random numbers, and how far it got: the content of `run.json`.
///
/// The settings digest covers all that votes and bounds depend on; every certificate is bound to it. The digest covers
/// the whole record. Both are SHA-256 over canonical JSON. They make a casual alteration visible; a forger can compute
/// them anew, and only a replay from the seeds tells.
public struct RunRecord: Sendable, Equatable {
    /// The version of the form of `run.json` and `certificates.jsonl`.
    public static let schema = 1

    /// The version of Surety that wrote the record.
    public static let version = "0.1.0"

    public struct Model: Sendable, Equatable, Codable {
        /// The file's name, for the reader; no digest of settings depends on it.
        public let file: String
        /// SHA-256 of the file.
        public let sha256: String
        /// Per channel, what the images are normalised with in front of the file's own network.
        public let mean: [Double]?
        public let std: [Double]?
        /// What the file says about itself.
        public let metadata: [String: String]

        public init(
            file: String, sha256: String, mean: [Double]? = nil, std: [Double]? = nil, metadata: [String: String] = [:]
        ) {
            (self.file, self.sha256, self.mean, self.std, self.metadata) = (file, sha256, mean, std, metadata)
        }
    }

    public struct Data: Sendable, Equatable, Codable {
        public let name: String
        public let split: Split
        /// SHA-256 of the whole data set's content.
        public let sha256: String
        /// The number of images in it.
        public let count: Int
        /// Channels, height, width.
        public let shape: [Int]

        public init(_ images: LabelledImages) {
            (name, split, sha256) = (images.name, images.split, images.sha256)
            (count, shape) = (images.count, images.shape)
        }
    }

    /// The generator, in words precise enough to write another, and its key.
    public struct Random: Sendable, Equatable, Codable {
        public let generator: String
        public let counter: String
        public let key: UInt64

        public init(key: UInt64) {
            generator = GaussianNoise.name
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
    public let model: Model
    public let data: Data
    public let settings: SmoothingSettings
    public let random: Random
    public internal(set) var selection: ImageSelection
    public internal(set) var environment: Environment
    public internal(set) var progress: Progress

    /// The record of a run that is about to begin.
    public init(
        model: Model, data: Data, settings: SmoothingSettings, selection: ImageSelection, environment: Environment
    ) {
        version = Self.version
        (self.model, self.data, self.settings) = (model, data, settings)
        (self.selection, self.environment) = (selection, environment)
        random = Random(key: settings.seed)
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
