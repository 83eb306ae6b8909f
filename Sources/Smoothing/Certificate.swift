import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTensors

/// The result for one image: the votes, and what follows from them. A line of `certificates.jsonl`.
public struct Certificate: Sendable, Equatable {
    /// The image's index in its data set.
    public let image: Int
    /// SHA-256 of the image's content.
    public let imageSHA256: String
    /// The image's true class.
    public let label: Int
    /// The distance from the image to the one on the noise's grid that was classified in its place, in the norm of the
    /// radius, or in ℓ2 for a prediction; nil if the two are the same.
    public let rounding: Double?
    /// Votes per class of the samples that choose the class; nil for a prediction.
    public let selectionCounts: [Int]?
    /// Votes per class of the samples that count.
    public let counts: [Int]
    /// Votes per class of all samples up to each look, the last of them `counts`; nil if the votes are looked at once.
    public let looks: [[Int]]?
    /// The outcome of the counts: a class, with a radius if one is certified, or an abstention.
    public let verdict: Verdict
    /// The time the image took. No digest of results depends on it.
    public private(set) var seconds: Double

    /// - Parameters:
    ///   - rounding: The distance to the image on the grid; nil if that is the image itself.
    ///   - selectionCounts: Votes of n₀ samples per class; nil for a prediction.
    ///   - counts: Votes of n samples, for as many classes.
    ///   - looks: The votes of the first samples, at each look; nil if there is only one look.
    ///   - seconds: The time the image took.
    public init(
        image: Int, imageSHA256: String, label: Int, rounding: Double? = nil, selectionCounts: [Int]?, counts: [Int],
        looks: [[Int]]? = nil, verdict: Verdict, seconds: Double
    ) {
        (self.image, self.imageSHA256, self.label, self.rounding) = (image, imageSHA256, label, rounding)
        (self.selectionCounts, self.counts, self.looks, self.verdict) = (selectionCounts, counts, looks, verdict)
        self.seconds = seconds
    }

    /// The noisy samples that the image took, including those that chose the class.
    ///
    /// For impossible counts, as in an altered record, it is some number; readers of records refuse such counts.
    public var samples: Int { (selectionCounts ?? []).voteSum &+ counts.voteSum }

    /// - Throws: `RunError.invalidCounts` if the votes are for another number of classes, as in an altered record.
    func requireClasses(_ count: Int) throws(RunError) {
        for votes in [counts] + [selectionCounts].compactMap(\.self) + (looks ?? []) where votes.count != count {
            throw RunError(.invalidCounts, "image \(image) has votes for \(votes.count) classes, not for \(count)")
        }
    }

    /// Whether the image may be continued: see `Verdict.isOpen`.
    public var isOpen: Bool { verdict.isOpen }

    /// Whether the answer is the label; an abstention is not.
    public var isCorrect: Bool { verdict.answer == label }
}

extension Certificate: RunLine {
    /// Whether both have the same votes, as far as both have any.
    public func agrees(with other: Certificate) -> Bool {
        guard isOpen || other.isOpen else {
            var other = other
            other.timing = timing
            return self == other
        }
        let (mine, theirs) = (looks ?? [], other.looks ?? [])
        return image == other.image && imageSHA256 == other.imageSHA256 && label == other.label && rounding == other.rounding
            && (mine.isEmpty || theirs.isEmpty || selectionCounts == other.selectionCounts) && zip(mine, theirs).allSatisfy(==)
    }

    /// Every certificate states its image's digest.
    public var contentSHA256: String? { imageSHA256 }

    /// The seconds that the image took, never nil; setting nil changes nothing.
    public var timing: Double? {
        get { seconds }
        set { if let newValue { seconds = newValue } }
    }
}

/// Without the time: see `SealedLine`.
extension Certificate: Codable {
    private enum Key: String, CodingKey {
        case `class`, confidence, counts, image, imageSHA256, label, looks, norm, open, pALower, pBUpper, pValue, radius
        case rounding, selectionCounts, standing, undecidedBeyond, verdict
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(image, forKey: .image)
        try container.encode(imageSHA256, forKey: .imageSHA256)
        try container.encode(label, forKey: .label)
        try container.encodeIfPresent(rounding, forKey: .rounding)
        try container.encodeIfPresent(selectionCounts, forKey: .selectionCounts)
        try container.encode(counts, forKey: .counts)
        try container.encodeIfPresent(looks, forKey: .looks)
        try container.encode(verdict.answer, forKey: .class)
        switch verdict.outcome {
        case .certified(_, let radius, let norm):
            try container.encode("certified", forKey: .verdict)
            try container.encode(radius, forKey: .radius)
            try container.encode(norm, forKey: .norm)
        case .predicted: try container.encode("predicted", forKey: .verdict)
        case .abstained: try container.encode(verdict.undecidedBeyond == nil ? "abstained" : "undecided", forKey: .verdict)
        }
        try container.encodeIfPresent(verdict.undecidedBeyond, forKey: .undecidedBeyond)
        try container.encodeIfPresent(verdict.isOpen ? true : nil, forKey: .open)
        switch verdict.evidence {
        case .bounds(let pALower, let pBUpper):
            try container.encode(pALower, forKey: .pALower)
            try container.encodeIfPresent(pBUpper, forKey: .pBUpper)
        case .test(let pValue):
            try container.encode(pValue, forKey: .pValue)
        }
        try container.encode(Self.standing, forKey: .standing)
        try container.encode(verdict.confidence, forKey: .confidence)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            image: try container.decode(Int.self, forKey: .image),
            imageSHA256: try container.decode(String.self, forKey: .imageSHA256),
            label: try container.decode(Int.self, forKey: .label),
            rounding: try container.decodeIfPresent(Double.self, forKey: .rounding),
            selectionCounts: try container.decodeIfPresent([Int].self, forKey: .selectionCounts),
            counts: try container.decode([Int].self, forKey: .counts),
            looks: try container.decodeIfPresent([[Int]].self, forKey: .looks),
            verdict: Verdict(
                try Self.decodeOutcome(container), try Self.decodeEvidence(container),
                confidence: try Self.decodeConfidence(container),
                undecidedBeyond: try container.decodeIfPresent(Double.self, forKey: .undecidedBeyond),
                isOpen: try container.decodeIfPresent(Bool.self, forKey: .open) ?? false),
            seconds: 0)
        guard !isOpen || verdict.undecidedBeyond != nil else {
            throw DecodingError.dataCorruptedError(
                forKey: .open, in: container, debugDescription: "an open image must be undecided beyond some radius")
        }
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
        case let name where name == "abstained" || name == "undecided":
            guard container.contains(.undecidedBeyond) == (name == "undecided") else {
                throw DecodingError.dataCorruptedError(
                    forKey: .undecidedBeyond, in: container, debugDescription: "undecided verdicts have it, abstentions do not")
            }
            guard try container.decodeNil(forKey: .class) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .class, in: container, debugDescription: "an abstention has no class")
            }
            return .abstained
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .verdict, in: container,
                debugDescription: "\"\(other)\" is neither certified, predicted, abstained nor undecided")
        }
    }

    private static func decodeEvidence(_ container: KeyedDecodingContainer<Key>) throws -> Verdict.Evidence {
        if let pValue = try container.decodeIfPresent(Double.self, forKey: .pValue) { return .test(pValue: pValue) }
        return .bounds(
            pALower: try container.decode(Double.self, forKey: .pALower),
            pBUpper: try container.decodeIfPresent(Double.self, forKey: .pBUpper))
    }

    /// The standing of every certificate, whatever its α.
    private static let standing = Standing.highProbability(alpha: 0).name

    private static func decodeConfidence(_ container: KeyedDecodingContainer<Key>) throws -> Double {
        let standing = try container.decode(String.self, forKey: .standing)
        guard standing == Self.standing else {
            throw DecodingError.dataCorruptedError(
                forKey: .standing, in: container, debugDescription: "\"\(standing)\" is not the standing of a certificate here")
        }
        return try container.decode(Double.self, forKey: .confidence)
    }
}
