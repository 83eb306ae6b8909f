import Foundation

/// What a run was asked to do, with which model, data and random numbers, and how far it got. This is the content of `run.json`.
///
/// The settings digest covers everything that results depend on; every line of the run is bound to it. The digest covers the
/// whole record. Both are SHA-256 over canonical JSON. They make a casual alteration visible; a forger can compute them anew,
/// and only doing the work again reveals that.
public struct RunRecord<Settings: RunSettings>: Sendable, Equatable {
    /// How far the run has come. `seconds` is the time spent on completed images.
    public struct Progress: Sendable, Equatable, Codable {
        /// The images of the run.
        public internal(set) var images: Int
        /// The images that are done.
        public internal(set) var completed: Int
        /// Whether all images are done.
        public internal(set) var finished: Bool
        /// The time spent on them, if lines record it.
        public internal(set) var seconds: Double?

        init(images: Int, completed: Int, finished: Bool, seconds: Double?) {
            (self.images, self.completed, self.finished, self.seconds) = (images, completed, finished, seconds)
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            images = try container.decode(Int.self, forKey: .images)
            completed = try container.decode(Int.self, forKey: .completed)
            finished = try container.decode(Bool.self, forKey: .finished)
            seconds = container.contains(.seconds) ? try container.decodeSeconds(forKey: .seconds) : nil
        }
    }

    /// The record's format version, which is lower for records of older versions of Surety.
    public let schema: Int
    /// The version of Surety; where several versions made the run, each is named once.
    public package(set) var version: String
    /// The model that the run is about.
    public let model: ModelRecord
    /// The data set whose images the run processes.
    public let data: DataRecord
    /// What the run was asked to do.
    public let settings: Settings
    /// The generator that the run drew from; nil if the settings state it.
    public let random: RandomRecord?
    /// Which images of the data set the run processes.
    public package(set) var selection: ImageSelection
    /// nil in records of older versions, which have no seal.
    public package(set) var environment: RunEnvironment?
    /// SHA-256, by name, of the files beside the lines that do not follow from the lines.
    public package(set) var files = AttachedFiles()
    /// How far the run got.
    public internal(set) var progress: Progress
    /// Whether record and lines carry digests. Attacks and bounds of older versions do not.
    public let isSealed: Bool

    /// The record of a run that is about to begin.
    public init(
        model: ModelRecord, data: DataRecord, settings: Settings, selection: ImageSelection, environment: RunEnvironment
    ) {
        (schema, version, isSealed) = (Settings.schema, RecordFormat.version, true)
        (self.model, self.data, self.settings) = (model, data, settings)
        (self.selection, self.environment) = (selection, environment)
        random = settings.random(model: model, data: data)
        let images = selection.count(of: data.count)
        progress = Progress(images: images, completed: 0, finished: images == 0, seconds: nil)
        update(for: [])
    }

    /// `certify`, `bounds` and the like.
    public var method: String { settings.method }

    /// Noisy samples classified per second; 0 before the first image is done, nil for runs that draw no samples.
    public var samplesPerSecond: Double? {
        settings.sampleCount.map { sampleCount in
            let samples = Double(progress.completed) * Double(sampleCount)
            return progress.seconds.map { $0 > 0 ? samples / $0 : 0 } ?? 0
        }
    }

    /// The number of values of an image.
    public var dimensions: Int { data.shape.reduce(1, *) }

    package mutating func update(for lines: [Settings.Line]) {
        progress.completed = lines.count
        progress.finished = lines.count == progress.images
        progress.seconds = lines.reduce(settings.sampleCount == nil ? nil : 0) { sum, line in
            line.timing.map { (sum ?? 0) + $0 } ?? sum
        }
    }
}

/// Where a run took place; if several machines shared it, each is named once. Results do not depend on threads and batch, and
/// depend on processor and libraries only if numbers are almost equal.
public struct RunEnvironment: Sendable, Equatable, Codable {
    /// The model name of the processor, as the operating system states it; several are separated by semicolons.
    public let processor: String
    /// Threads that shared the work, on the first of several machines.
    public let threads: Int
    /// Images that a thread processes at a time, if that is a single number.
    public let batch: Int?
    /// The numerical libraries with their versions; those of several machines are separated by semicolons.
    public let libraries: String
    /// The algorithm of convolutions in floating point; nil where all were computed directly, as earlier versions did. A run
    /// has one.
    public let convolution: String?

    /// Leave out `batch` if threads process images in portions of several sizes.
    public init(processor: String, threads: Int, batch: Int? = nil, libraries: String, convolution: String? = nil) {
        (self.processor, self.threads, self.batch, self.libraries) = (processor, threads, batch, libraries)
        self.convolution = convolution
    }
}
