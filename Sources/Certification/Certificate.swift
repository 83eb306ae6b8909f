import Datasets
import Foundation
import Records
import Tensors

/// What was found for one image: the votes, and what they say. A line of `certificates.jsonl`.
public struct Certificate: Sendable, Equatable {
    /// The image's index in its data set.
    public let image: Int
    /// SHA-256 of the image's content.
    public let imageSHA256: String
    /// The image's true class.
    public let label: Int
    /// Votes per class of the samples that choose the class; nil for a prediction.
    public let selectionCounts: [Int]?
    /// Votes per class of the samples that count.
    public let counts: [Int]
    public let verdict: Verdict
    /// The time the image took. No digest of results depends on it.
    public let seconds: Double

    public init(
        image: Int, imageSHA256: String, label: Int, selectionCounts: [Int]?, counts: [Int], verdict: Verdict,
        seconds: Double
    ) {
        (self.image, self.imageSHA256, self.label) = (image, imageSHA256, label)
        (self.selectionCounts, self.counts, self.verdict) = (selectionCounts, counts, verdict)
        self.seconds = seconds
    }

    /// Whether the answer is the label; an abstention is not.
    public var isCorrect: Bool { verdict.answer == label }
}

/// A certificate with its digests, as it is written.
///
/// The digest is SHA-256 of the settings digest followed by the canonical JSON of the line without `digest` and
/// `timing`, so that it binds the result to the run's settings and is the same however long it took. The timing has a
/// digest of its own, of the line's digest followed by the seconds.
struct CertificateLine: Equatable {
    let certificate: Certificate
    let digest: String
    let timingDigest: String

    /// - Throws: `EncodingError` for a number that is not finite.
    init(_ certificate: Certificate, settingsDigest: String) throws {
        self.certificate = certificate
        digest = SHA256.hexadecimal(of: Data(settingsDigest.utf8) + (try CanonicalJSON.data(Result(of: certificate))))
        timingDigest = SHA256.hexadecimal(of: Data(digest.utf8) + (try CanonicalJSON.data(certificate.seconds)))
    }

    /// The bytes of the line, its line feed included.
    func fileContents() throws -> Data {
        try CanonicalJSON.data(self) + [UInt8(ascii: "\n")]
    }
}

extension CertificateLine: Codable {
    fileprivate enum Key: String, CodingKey {
        case `class`, confidence, counts, digest, image, imageSHA256, label, norm, pALower, pBUpper, pValue, radius
        case selectionCounts, standing, timing, verdict
    }

    private enum TimingKey: String, CodingKey { case digest, seconds }

    /// The line without `digest` and `timing`.
    private struct Result: Encodable {
        let of: Certificate

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(of.image, forKey: .image)
            try container.encode(of.imageSHA256, forKey: .imageSHA256)
            try container.encode(of.label, forKey: .label)
            try container.encodeIfPresent(of.selectionCounts, forKey: .selectionCounts)
            try container.encode(of.counts, forKey: .counts)
            try container.encode(of.verdict.answer, forKey: .class)
            switch of.verdict.outcome {
            case .certified(_, let radius, let norm):
                try container.encode("certified", forKey: .verdict)
                try container.encode(radius, forKey: .radius)
                try container.encode(norm, forKey: .norm)
            case .predicted: try container.encode("predicted", forKey: .verdict)
            case .abstained: try container.encode("abstained", forKey: .verdict)
            }
            switch of.verdict.evidence {
            case .bounds(let pALower, let pBUpper):
                try container.encode(pALower, forKey: .pALower)
                try container.encodeIfPresent(pBUpper, forKey: .pBUpper)
            case .test(let pValue):
                try container.encode(pValue, forKey: .pValue)
            }
            switch of.verdict.standing {
            case .highProbability(let confidence):
                try container.encode("highProbability", forKey: .standing)
                try container.encode(confidence, forKey: .confidence)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        try Result(of: certificate).encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(digest, forKey: .digest)
        var timing = container.nestedContainer(keyedBy: TimingKey.self, forKey: .timing)
        try timing.encode(timingDigest, forKey: .digest)
        try timing.encode(certificate.seconds, forKey: .seconds)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let timing = try container.nestedContainer(keyedBy: TimingKey.self, forKey: .timing)
        digest = try container.decode(String.self, forKey: .digest)
        timingDigest = try timing.decode(String.self, forKey: .digest)
        certificate = Certificate(
            image: try container.decode(Int.self, forKey: .image),
            imageSHA256: try container.decode(String.self, forKey: .imageSHA256),
            label: try container.decode(Int.self, forKey: .label),
            selectionCounts: try container.decodeIfPresent([Int].self, forKey: .selectionCounts),
            counts: try container.decode([Int].self, forKey: .counts),
            verdict: Verdict(
                try Self.decodeOutcome(container), try Self.decodeEvidence(container), try Self.decodeStanding(container)),
            seconds: try timing.decodeSeconds(forKey: .seconds))
    }

    private static func decodeOutcome(_ container: KeyedDecodingContainer<Key>) throws -> Verdict.Outcome {
        switch try container.decode(String.self, forKey: .verdict) {
        case "certified":
            return .certified(
                class: try container.decode(Int.self, forKey: .class),
                radius: try container.decode(Double.self, forKey: .radius),
                norm: try container.decode(Norm.self, forKey: .norm))
        case "predicted":
            return .predicted(class: try container.decode(Int.self, forKey: .class))
        case "abstained":
            guard try container.decodeNil(forKey: .class) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .class, in: container, debugDescription: "an abstention answers no class")
            }
            return .abstained
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .verdict, in: container,
                debugDescription: "\"\(other)\" is neither certified, predicted nor abstained")
        }
    }

    private static func decodeEvidence(_ container: KeyedDecodingContainer<Key>) throws -> Verdict.Evidence {
        if let pValue = try container.decodeIfPresent(Double.self, forKey: .pValue) { return .test(pValue: pValue) }
        return .bounds(
            pALower: try container.decode(Double.self, forKey: .pALower),
            pBUpper: try container.decodeIfPresent(Double.self, forKey: .pBUpper))
    }

    private static func decodeStanding(_ container: KeyedDecodingContainer<Key>) throws -> Verdict.Standing {
        switch try container.decode(String.self, forKey: .standing) {
        case "highProbability":
            return .highProbability(confidence: try container.decode(Double.self, forKey: .confidence))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .standing, in: container, debugDescription: "\"\(other)\" is not the standing of a certificate here")
        }
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
