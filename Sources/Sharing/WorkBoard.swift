/// A piece of work: what one claim is for.
public enum Piece: Sendable, Hashable {
    /// The images from this place to the end of its group, as far as the portion of a piece reaches.
    case images(group: Int, from: Int)
    /// The image at a place, from this number of samples on, look by look.
    case looks(place: Int, from: Int)
    /// A range of the samples of the image at a place.
    case samples(place: Int, Range<Int>)

    /// The name of its claim.
    public var name: String {
        switch self {
        case .images(let group, let first): "images-\(group)-\(first)"
        case .looks(let place, let samples): "looks-\(place)-\(samples)"
        case .samples(let place, let range): "samples-\(place)-\(range.lowerBound)-\(range.upperBound)"
        }
    }
}

/// How a run is cut into pieces: the same for all workers.
public struct Cutting: Sendable, Equatable, Codable {
    /// The approximate number of samples in a piece.
    public let portion: Int
    /// The number of images in a group, which are begun together.
    public let group: Int

    /// - Parameters:
    ///   - portion: The approximate number of samples in a piece.
    ///   - group: The number of images that are begun together, at least 1.
    public init(portion: Int, group: Int) { (self.portion, self.group) = (portion, max(1, group)) }

    /// The places of a piece that begins images, of a run of `count`.
    public func places(of group: Int, from first: Int, count: Int) -> Range<Int> { first..<min((group + 1) * self.group, count) }

    /// The pieces into which an image's samples up to its next look are split: a single one if they are at most three
    /// portions, because a look that is shared by many workers takes long to complete.
    public func pieces(of place: Int, _ samples: Range<Int>) -> [Piece] {
        samples.count / 3 <= portion
            ? [.looks(place: place, from: samples.lowerBound)] : ranges(of: samples).map { .samples(place: place, $0) }
    }

    /// The ranges in which the samples up to the next look are drawn.
    public func ranges(of samples: Range<Int>) -> [Range<Int>] {
        let count = max(1, (samples.count + portion - 1) / max(1, portion)), length = (samples.count + count - 1) / count
        return stride(from: samples.lowerBound, to: samples.upperBound, by: max(1, length)).map {
            $0..<min($0 + length, samples.upperBound)
        }
    }
}

/// What is left to do in a run, as far as one worker knows: the pieces that can be claimed, starting with images that have
/// the fewest samples.
///
/// Everything here follows from what is known about the images, so that workers with the same knowledge see the same pieces.
/// It does not depend on time or files.
public struct WorkBoard: Sendable {
    /// The progress of an image.
    private enum State: Sendable { case untouched, open, done }

    private let count: Int
    private let cutting: Cutting
    private var states: [State]
    /// For each group, the first place in it about which nothing is known.
    private var firstUntouched: [Int]
    /// The pieces of open images, by place, and how many of their samples are counted.
    private var open: [Int: (samples: Int, pieces: [Piece])] = [:]
    private var shelves = Shelves()
    /// The number of decided images.
    public private(set) var done = 0

    /// - Parameter count: The images of the run, at places from 0 on.
    public init(count: Int, _ cutting: Cutting) {
        (self.count, self.cutting) = (count, cutting)
        states = Array(repeating: .untouched, count: count)
        let groups = (count + cutting.group - 1) / cutting.group
        firstUntouched = (0..<groups).map { $0 * cutting.group }
        for group in 0..<groups { add(.images(group: group, from: firstUntouched[group])) }
    }

    /// Whether every image is decided.
    public var isFinished: Bool { done == count }

    /// What comes next for images that a worker has advanced with a piece: its own continuation, which others may not know
    /// about yet. First the rest of the group, then the open images.
    public func continuations(of piece: Piece) -> [Piece] {
        switch piece {
        case .images(let group, let first):
            let rest = Piece.images(group: group, from: firstUntouched[group])
            let places = cutting.places(of: group, from: first, count: count)
            return (isNeeded(rest) ? [rest] : []) + places.flatMap { open[$0]?.pieces ?? [] }
        case .looks(let place, _), .samples(let place, _): return open[place]?.pieces ?? []
        }
    }

    /// Takes note of an image's progress.
    ///
    /// - Parameters:
    ///   - samples: The samples that are counted, up to a look.
    ///   - next: The samples at its next look; nil if it is decided.
    public mutating func note(_ place: Int, samples: Int, next: Int?) {
        for piece in open.removeValue(forKey: place)?.pieces ?? [] { shelves.remove(piece) }
        if states[place] == .untouched { leaveGroup(place) }
        guard let next else {
            if states[place] != .done { done += 1 }
            states[place] = .done
            return
        }
        states[place] = .open
        let pieces = cutting.pieces(of: place, samples..<next)
        open[place] = (samples, pieces)
        for piece in pieces { add(piece) }
    }

    private mutating func leaveGroup(_ place: Int) {
        let group = place / cutting.group
        states[place] = .open
        let before = firstUntouched[group], places = cutting.places(of: group, from: before, count: count)
        guard place == before else { return }
        shelves.remove(.images(group: group, from: before))
        let first = places.first { states[$0] == .untouched } ?? places.upperBound
        firstUntouched[group] = first
        if first < places.upperBound { add(.images(group: group, from: first)) }
    }

    /// Takes note that a range of samples is counted, for an image that still waits for others.
    public mutating func noteCounted(_ place: Int, _ range: Range<Int>) {
        let piece = Piece.samples(place: place, range)
        shelves.remove(piece)
        open[place]?.pieces.removeAll { $0 == piece }
    }

    /// Takes a piece off the board, because another has it; `putBack` returns it.
    public mutating func takeOff(_ piece: Piece) { shelves.remove(piece) }

    /// Puts a piece back, if it still has to be done.
    public mutating func putBack(_ piece: Piece) {
        if isNeeded(piece) { add(piece) }
    }

    /// Whether a piece is one of those that the images need.
    public func isNeeded(_ piece: Piece) -> Bool {
        switch piece {
        case .images(let group, let first): firstUntouched[group] == first && !cutting.places(of: group, from: first, count: count).isEmpty
        case .looks(let place, _), .samples(let place, _): open[place]?.pieces.contains(piece) ?? false
        }
    }

    /// One of the pieces that come first, at random, so that workers seldom want the same.
    ///
    /// - Parameter passing: How many levels of pieces to skip, because a piece there belonged to another worker.
    public func pick(passing: Int = 0, using generator: inout some RandomNumberGenerator) -> Piece? {
        shelves.random(passing: passing, using: &generator)
    }

    /// Images about which nothing is known come first, then open ones. Open images whose numbers of samples are within a
    /// factor of two share a level, together with all ranges that an image waits for.
    private mutating func add(_ piece: Piece) {
        switch piece {
        case .images: shelves.add(piece, level: 0)
        case .looks(let place, _), .samples(let place, _):
            let samples = open[place]?.samples ?? 0
            shelves.add(piece, level: 1 + Int.bitWidth - samples.leadingZeroBitCount)
        }
    }
}

/// Pieces by level; drawing, adding or removing a piece of a level takes constant time.
private struct Shelves: Sendable {
    private var shelves: [[Piece]] = []
    private var places: [Piece: (level: Int, place: Int)] = [:]

    mutating func add(_ piece: Piece, level: Int) {
        guard places[piece] == nil else { return }
        while shelves.count <= level { shelves.append([]) }
        places[piece] = (level, shelves[level].count)
        shelves[level].append(piece)
    }

    mutating func remove(_ piece: Piece) {
        guard let (level, place) = places.removeValue(forKey: piece) else { return }
        let last = shelves[level].removeLast()
        guard last != piece else { return }
        shelves[level][place] = last
        places[last] = (level, place)
    }

    func random(passing: Int, using generator: inout some RandomNumberGenerator) -> Piece? {
        let filled = shelves.lazy.filter { !$0.isEmpty }
        return (filled.dropFirst(passing).first ?? filled.first)?.randomElement(using: &generator)
    }
}
