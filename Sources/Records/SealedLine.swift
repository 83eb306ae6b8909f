import Foundation

/// A line with its digests, as it is written.
///
/// The digest is SHA-256 of the run's settings digest followed by the canonical JSON of the line without `digest` and
/// `timing`, so it binds the result to the run's settings and does not depend on how long the result took. The timing has a
/// digest of its own, of the line's digest followed by the seconds.
struct SealedLine<Line: RunLine>: Equatable {
    let line: Line
    /// nil in runs of older versions, whose lines have no seal.
    let digest: String?
    let timingDigest: String?

    /// - Throws: `EncodingError` for a number that is not finite.
    init(_ line: Line, settingsDigest: String) throws {
        self.line = line
        let digest = SHA256.hexadecimal(of: Data(settingsDigest.utf8) + (try CanonicalJSON.data(line)))
        self.digest = digest
        timingDigest = try line.timing.map { SHA256.hexadecimal(of: Data(digest.utf8) + (try CanonicalJSON.data($0))) }
    }

    /// The bytes of the line, its line feed included.
    func fileContents() throws -> Data {
        try CanonicalJSON.data(self) + [UInt8(ascii: "\n")]
    }
}

extension SealedLine: Codable {
    private enum Key: String, CodingKey { case digest, timing }
    private enum TimingKey: String, CodingKey { case digest, seconds }

    func encode(to encoder: any Encoder) throws {
        try line.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(digest, forKey: .digest)
        guard let seconds = line.timing else { return }
        var timing = container.nestedContainer(keyedBy: TimingKey.self, forKey: .timing)
        try timing.encodeIfPresent(timingDigest, forKey: .digest)
        try timing.encode(seconds, forKey: .seconds)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        digest = try container.decodeIfPresent(String.self, forKey: .digest)
        var line = try Line(from: decoder)
        if line.timing != nil {
            let timing = try container.nestedContainer(keyedBy: TimingKey.self, forKey: .timing)
            timingDigest = try timing.decodeIfPresent(String.self, forKey: .digest)
            line.timing = try timing.decodeSeconds(forKey: .seconds)
        } else {
            timingDigest = nil
        }
        self.line = line
    }
}

extension KeyedDecodingContainer {
    /// A duration: finite, and not below 0.
    func decodeSeconds(forKey key: Key) throws -> Double {
        let seconds = try decode(Double.self, forKey: key)
        guard seconds >= 0, seconds.isFinite else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\(seconds) is not a duration")
        }
        return seconds
    }
}
