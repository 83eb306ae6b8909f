import Datasets
import Foundation
import Records
import Tensors

/// `run.json`: the record with its two digests.
extension RunRecord: Codable {
    private enum Key: String, CodingKey {
        case schema, surety, method, model, data, settings, random, selection, environment, progress, samplesPerSecond
        case settingsDigest, digest
    }

    /// A setting; the parameters of the noise are among them.
    private struct SettingsKey: CodingKey {
        static let (noise, alpha, n0, n) = (SettingsKey("noise"), SettingsKey("alpha"), SettingsKey("n0"), SettingsKey("n"))
        static let (seed, bound, norm) = (SettingsKey("seed"), SettingsKey("bound"), SettingsKey("norm"))

        let stringValue: String
        let intValue: Int? = nil

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private enum ModelKey: String, CodingKey { case sha256, mean, std, metadata }

    /// All that votes and bounds depend on.
    struct Identity: Encodable {
        let record: RunRecord

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(RecordFormat.schema, forKey: .schema)
            try container.encode(record.method, forKey: .method)
            var model = container.nestedContainer(keyedBy: ModelKey.self, forKey: .model)
            try model.encode(record.model.sha256, forKey: .sha256)
            try model.encodeIfPresent(record.model.mean, forKey: .mean)
            try model.encodeIfPresent(record.model.std, forKey: .std)
            try model.encode(record.model.metadata, forKey: .metadata)
            try container.encode(record.data, forKey: .data)
            try record.encodeSettings(to: &container)
            try container.encode(record.random, forKey: .random)
        }
    }

    private struct Sealed: Encodable {
        let record: RunRecord
        let digest: String

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(digest, forKey: .digest)
        }
    }

    /// `certify` or `predict`.
    public var method: String {
        switch settings.procedure {
        case .certify: "certify"
        case .predict: "predict"
        }
    }

    /// SHA-256 of all that votes and bounds depend on.
    ///
    /// - Throws: `EncodingError` for a number that is not finite.
    func settingsDigest() throws -> String {
        SHA256.hexadecimal(of: try CanonicalJSON.data(Identity(record: self)))
    }

    /// SHA-256 of the whole record.
    func digest() throws -> String {
        SHA256.hexadecimal(of: try CanonicalJSON.data(self))
    }

    /// The bytes of `run.json`.
    func fileContents() throws -> Data {
        CanonicalJSON.indented(try CanonicalJSON.data(Sealed(record: self, digest: digest())))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(RecordFormat.schema, forKey: .schema)
        try container.encode(version, forKey: .surety)
        try container.encode(method, forKey: .method)
        try container.encode(model, forKey: .model)
        try container.encode(data, forKey: .data)
        try encodeSettings(to: &container)
        try container.encode(random, forKey: .random)
        try container.encode(selection, forKey: .selection)
        try container.encode(environment, forKey: .environment)
        try container.encode(progress, forKey: .progress)
        try container.encode(samplesPerSecond, forKey: .samplesPerSecond)
        try container.encode(settingsDigest(), forKey: .settingsDigest)
    }

    private func encodeSettings(to container: inout KeyedEncodingContainer<Key>) throws {
        var settings = container.nestedContainer(keyedBy: SettingsKey.self, forKey: .settings)
        // Gaussian noise, the first there was, is known by its σ.
        let noise = self.settings.noise
        if case .gaussian = noise {} else { try settings.encode(type(of: noise.family).name, forKey: .noise) }
        for (name, value) in noise.parameters { try settings.encode(value, forKey: SettingsKey(name)) }
        try settings.encode(self.settings.alpha, forKey: .alpha)
        try settings.encode(self.settings.n, forKey: .n)
        try settings.encode(self.settings.seed, forKey: .seed)
        if case .certify(let certifier) = self.settings.procedure {
            try settings.encode(certifier.n0, forKey: .n0)
            try settings.encode(certifier.bound, forKey: .bound)
            try settings.encode(certifier.norm, forKey: .norm)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let schema = try container.decode(Int.self, forKey: .schema)
        guard schema == RecordFormat.schema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container,
                debugDescription: "\(schema) is not known to this version of Surety, which reads \(RecordFormat.schema)")
        }
        version = try container.decode(String.self, forKey: .surety)
        model = try container.decode(ModelRecord.self, forKey: .model)
        data = try container.decode(DataRecord.self, forKey: .data)
        settings = try Self.decodeSettings(from: container)
        random = try container.decode(Random.self, forKey: .random)
        selection = try container.decode(ImageSelection.self, forKey: .selection)
        environment = try container.decode(Environment.self, forKey: .environment)
        progress = try container.decode(Progress.self, forKey: .progress)
        let size = data.shape.reduce((1, false)) { size, length in
            let (product, overflow) = size.0.multipliedReportingOverflow(by: length)
            return (product, size.1 || overflow || length < 1)
        }
        guard !size.1, data.count >= 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .data, in: container, debugDescription: "\(data.count) images of shape \(data.shape) cannot be")
        }
    }

    private static func decodeSettings(from container: KeyedDecodingContainer<Key>) throws -> SmoothingSettings {
        let settings = try container.nestedContainer(keyedBy: SettingsKey.self, forKey: .settings)
        let noise = try Noise(named: settings.decodeIfPresent(String.self, forKey: .noise)) {
            try settings.decode(Double.self, forKey: SettingsKey($0))
        }
        let (alpha, n) = (try settings.decode(Double.self, forKey: .alpha), try settings.decode(Int.self, forKey: .n))
        let procedure: SmoothingSettings.Procedure
        switch try container.decode(String.self, forKey: .method) {
        case "certify":
            procedure = .certify(
                try Certifier(
                    noise: noise, alpha: alpha, n0: settings.decode(Int.self, forKey: .n0), n: n,
                    bound: settings.decode(Certifier.Bound.self, forKey: .bound),
                    norm: settings.decode(Norm.self, forKey: .norm)))
        case "predict":
            procedure = .predict(try Predictor(noise: noise, alpha: alpha, n: n))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container, debugDescription: "\"\(other)\" is neither certify nor predict")
        }
        return SmoothingSettings(procedure, seed: try settings.decode(UInt64.self, forKey: .seed))
    }
}

/// The digests that a `run.json` states, which may be others than its content's.
struct StatedDigests: Decodable {
    let settingsDigest: String
    let digest: String
}
