import Foundation

/// `run.json`: the record with its two digests.
extension RunRecord: Codable {
    private enum Key: String, CodingKey {
        case schema, surety, method, model, data, settings, random, selection, environment, files, progress, samplesPerSecond
        case settingsDigest, digest
    }

    private enum ModelKey: String, CodingKey { case sha256, mean, std, metadata }

    /// Everything that results depend on.
    struct Identity: Encodable {
        let record: RunRecord

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(record.schema, forKey: .schema)
            try container.encode(record.method, forKey: .method)
            var model = container.nestedContainer(keyedBy: ModelKey.self, forKey: .model)
            try model.encode(record.model.sha256, forKey: .sha256)
            try model.encodeIfPresent(record.model.mean, forKey: .mean)
            try model.encodeIfPresent(record.model.std, forKey: .std)
            try model.encode(record.model.metadata, forKey: .metadata)
            try container.encode(record.data, forKey: .data)
            try container.encode(record.settings, forKey: .settings)
            try container.encodeIfPresent(record.random, forKey: .random)
        }
    }

    /// SHA-256 of everything that results depend on.
    ///
    /// - Throws: `EncodingError` for a number that is not finite.
    package func settingsDigest() throws -> String {
        SHA256.hexadecimal(of: try CanonicalJSON.data(Identity(record: self)))
    }

    /// SHA-256 of the whole record.
    package func digest() throws -> String {
        SHA256.hexadecimal(of: try CanonicalJSON.data(self))
    }

    /// The bytes of `run.json`.
    package func fileContents() throws -> Data {
        try SealedRecord(self).fileContents()
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(version, forKey: .surety)
        try container.encode(method, forKey: .method)
        try container.encode(model, forKey: .model)
        try container.encode(data, forKey: .data)
        try container.encode(settings, forKey: .settings)
        try container.encodeIfPresent(random, forKey: .random)
        try container.encode(selection, forKey: .selection)
        guard isSealed else { return }
        try container.encode(environment, forKey: .environment)
        if !files.names.isEmpty { try container.encode(files, forKey: .files) }
        try container.encode(progress, forKey: .progress)
        try container.encodeIfPresent(samplesPerSecond, forKey: .samplesPerSecond)
        try container.encode(settingsDigest(), forKey: .settingsDigest)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        schema = try container.decode(Int.self, forKey: .schema)
        // Attacks and bounds of version 1 have no digests.
        isSealed = schema == Settings.schema
        guard isSealed || (1..<Settings.schema).contains(schema) else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container,
                debugDescription: "\(schema) is not known to this version of Surety, which reads \(Settings.schema)")
        }
        guard isSealed || !container.contains(.digest) else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container, debugDescription: "a record of version \(schema) has no digest")
        }
        let method = try container.decode(String.self, forKey: .method)
        guard Settings.methods.contains(method) else {
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container,
                debugDescription: "\"\(method)\" is not \(Settings.methods.joined(separator: " or "))")
        }
        version = try container.decode(String.self, forKey: .surety)
        model = try container.decode(ModelRecord.self, forKey: .model)
        data = try container.decode(DataRecord.self, forKey: .data)
        settings = try container.decode(Settings.self, forKey: .settings)
        guard settings.method == method else {
            throw DecodingError.dataCorruptedError(
                forKey: .settings, in: container, debugDescription: "they are not those of \(method)")
        }
        random = isSealed && settings.recordsRandom
            ? try container.decode(RandomRecord.self, forKey: .random)
            : try container.decodeIfPresent(RandomRecord.self, forKey: .random)
        selection = try container.decode(ImageSelection.self, forKey: .selection)
        let size = data.shape.reduce((1, false)) { size, length in
            let (product, overflow) = size.0.multipliedReportingOverflow(by: length)
            return (product, size.1 || overflow || length < 1)
        }
        guard !size.1, data.count >= 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .data, in: container, debugDescription: "\(data.count) images of shape \(data.shape) cannot be")
        }
        guard isSealed else {
            environment = nil
            progress = Progress(images: selection.count(of: data.count), completed: 0, finished: false, seconds: nil)
            return
        }
        environment = try container.decode(RunEnvironment.self, forKey: .environment)
        files = try container.decodeIfPresent(AttachedFiles.self, forKey: .files) ?? AttachedFiles()
        progress = try container.decode(Progress.self, forKey: .progress)
    }

    /// - Throws: `RunError` if the file is missing, is not a record, or does not match its digests.
    package init(at url: URL) throws(RunError) {
        let contents = try RunFile.read(url)
        do {
            self = try JSONDecoder().decode(RunRecord.self, from: contents)
            guard try !isSealed || fileContents() == contents else {
                throw RunError.damaged(url, "its content does not match its digest")
            }
        } catch let error as RunError {
            throw error.reason == .damagedRecord ? error : .damaged(url, error.description)
        } catch {
            throw .damaged(url, CanonicalJSON.explain(error))
        }
    }
}

/// The digests that a `run.json` states, which may differ from those of its content.
struct StatedDigests: Decodable {
    let settingsDigest: String?
    let digest: String?
}
