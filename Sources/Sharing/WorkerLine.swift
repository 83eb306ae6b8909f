import Foundation
import SuretyRecords

/// A line of a worker's journal.
public enum WorkerLine<Line: RunLine>: Sendable, Equatable {
    /// The worker that writes the journal: the first line.
    case worker(Worker)
    /// An image's line, which may be open.
    case line(Line)
    /// Votes of a range of samples.
    case votes(RangeVotes)
    /// What a piece of work cost, after its lines.
    case piece(PieceRecord)
    /// The worker left in good order.
    case left
}

/// What some samples of one image voted for.
public struct RangeVotes: Sendable, Equatable, Codable {
    /// The image's index in its data set.
    public let image: Int
    /// The first sample, and the one after the last.
    public let from, to: Int
    /// Votes per class of the samples that choose the class, if the range starts at 0; nil otherwise.
    public let selection: [Int]?
    /// Votes per class.
    public let counts: [Int]
    /// The seconds they took.
    public let seconds: Double

    /// The votes of samples of an image.
    public init(image: Int, _ samples: Range<Int>, selection: [Int]?, counts: [Int], seconds: Double) {
        (self.image, from, to) = (image, samples.lowerBound, samples.upperBound)
        (self.selection, self.counts, self.seconds) = (selection, counts, seconds)
    }

    /// Which samples.
    public var samples: Range<Int> { from..<max(from, to) }
}

/// A piece of work that was done, or as much of it as could be.
public struct PieceRecord: Sendable, Equatable, Codable {
    /// The name of its claim.
    public let piece: String
    /// How often it had been claimed.
    public let generation: Int
    /// How much was done, in `unit`: samples or images.
    public let amount: Int
    /// What is counted.
    public let unit: String
    /// The seconds it took.
    public let seconds: Double

    /// Records what a piece cost.
    public init(piece: String, generation: Int, amount: Int, unit: String, seconds: Double) {
        (self.piece, self.generation, self.amount, self.unit, self.seconds) = (piece, generation, amount, unit, seconds)
    }
}

extension WorkerLine: Codable {
    private enum Key: String, CodingKey { case worker, line, seconds, votes, piece, left }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .worker(let worker): try container.encode(worker, forKey: .worker)
        case .line(let line):
            try container.encode(line, forKey: .line)
            try container.encodeIfPresent(line.timing, forKey: .seconds)
        case .votes(let votes): try container.encode(votes, forKey: .votes)
        case .piece(let piece): try container.encode(piece, forKey: .piece)
        case .left: try container.encode(true, forKey: .left)
        }
    }

    /// Whether the numbers are such that their sums stay finite.
    private var isPossible: Bool {
        let limit = 1 << 40
        return switch self {
        case .votes(let votes):
            votes.from >= 0 && votes.from < votes.to && votes.to < limit && votes.seconds >= 0 && votes.seconds < 1e9
                && (votes.counts + (votes.selection ?? [])).allSatisfy { (0..<limit).contains($0) }
        case .piece(let piece):
            (0..<limit).contains(piece.amount) && piece.generation > 0 && piece.seconds >= 0 && piece.seconds < 1e9
        case .worker, .line, .left: true
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let worker = try container.decodeIfPresent(Worker.self, forKey: .worker) {
            self = .worker(worker)
        } else if var line = try container.decodeIfPresent(Line.self, forKey: .line) {
            line.timing = try container.decodeIfPresent(Double.self, forKey: .seconds)
            self = .line(line)
        } else if let votes = try container.decodeIfPresent(RangeVotes.self, forKey: .votes) {
            self = .votes(votes)
        } else if let piece = try container.decodeIfPresent(PieceRecord.self, forKey: .piece) {
            self = .piece(piece)
        } else {
            _ = try container.decode(Bool.self, forKey: .left)
            self = .left
        }
        guard isPossible else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a number in it is impossible"))
        }
    }
}

/// A line with the digest that binds it to the run's settings, so that a line of another run, or a half-written one, is not
/// mistaken for it: `{"content":…,"digest":"…"}`, the digest being SHA-256 of the run's settings digest followed by the
/// content's bytes.
package enum BoundLine<Line: RunLine> {
    private static var head: Data { Data(#"{"content":"#.utf8) }
    private static var middle: Data { Data(#","digest":""#.utf8) }
    private static var tail: Data { Data(#""}"#.utf8) }

    /// The bytes of a line, its line feed included.
    package static func fileContents(_ line: WorkerLine<Line>, settingsDigest: String) throws -> Data {
        let content = try CanonicalJSON.data(line)
        return head + content + middle + Data(digest(of: content, settingsDigest).utf8) + tail + [UInt8(ascii: "\n")]
    }

    /// The line that these bytes encode, without a line feed; nil if it is not a line of this run.
    package static func read(_ bytes: Data, settingsDigest: String) -> WorkerLine<Line>? {
        let end = middle.count + 64 + tail.count
        guard bytes.count > head.count + end, bytes.prefix(head.count) == head, bytes.suffix(tail.count) == tail else { return nil }
        // The digest is taken of the bytes as they are: encoding them again would take longer than everything else.
        let content = Data(bytes.dropFirst(head.count).dropLast(end))
        guard bytes.suffix(end).prefix(middle.count) == middle,
            bytes.dropLast(tail.count).suffix(64).elementsEqual(digest(of: content, settingsDigest).utf8)
        else { return nil }
        return try? JSONDecoder().decode(WorkerLine<Line>.self, from: content)
    }

    private static func digest(of content: Data, _ settingsDigest: String) -> String {
        SHA256.hexadecimal(of: Data(settingsDigest.utf8) + content)
    }
}
