/// A piece of work: what one claim is for.
public enum Piece: Sendable, Hashable {
    /// The images at places from the first on, to the end of its group, as far as the portion of a piece goes.
    case images(group: Int, from: Int)
    /// The image at a place, from so many samples on, look by look.
    case looks(place: Int, from: Int)
    /// A range of the samples of the image at a place.
    case samples(place: Int, Range<Int>)

    /// As its claim is called.
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
    /// The samples that a piece has, about.
    public let portion: Int
    /// The images of a group, which are begun together.
    public let group: Int

    /// - Parameters:
    ///   - portion: The samples that a piece has, about.
    ///   - group: The images that are begun together, at least 1.
    public init(portion: Int, group: Int) { (self.portion, self.group) = (portion, max(1, group)) }

    /// The places of a piece that begins images, of a run of `count`.
    public func places(of group: Int, from first: Int, count: Int) -> Range<Int> { first..<min((group + 1) * self.group, count) }

    /// The pieces that the samples up to the next look of an image are done in: one, if it takes three portions at most, since those
    /// who wait for a look that many have a part in wait long.
    public func pieces(of place: Int, _ samples: Range<Int>) -> [Piece] {
        samples.count / 3 <= portion
            ? [.looks(place: place, from: samples.lowerBound)] : ranges(of: samples).map { .samples(place: place, $0) }
    }

    /// The ranges that samples up to the next look are drawn in.
    public func ranges(of samples: Range<Int>) -> [Range<Int>] {
        let count = max(1, (samples.count + portion - 1) / max(1, portion)), length = (samples.count + count - 1) / count
        return stride(from: samples.lowerBound, to: samples.upperBound, by: max(1, length)).map {
            $0..<min($0 + length, samples.upperBound)
        }
    }
}

/// What is left to do of a run, as one worker knows it: the pieces that can be claimed, those of images with the fewest samples first.
///
/// All that it says follows from what is known of the images, so that workers with the same knowledge see the same pieces. It
/// knows no time and no files.
public struct WorkBoard: Sendable {
    /// How far an image is.
    private enum State: Sendable { case untouched, open, done }

    private let count: Int
    private let cutting: Cutting
    private var states: [State]
    /// For each group the first place in it that nothing is known of.
    private var firstUntouched: [Int]
    /// The pieces of images that are open, by place, and how many of their samples are counted.
    private var open: [Int: (samples: Int, pieces: [Piece])] = [:]
    private var shelves = Shelves()
    /// How many images are decided.
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

    /// What comes next of images that a worker has advanced with a piece: its own continuation, which others may not know of yet. First
    /// the rest of the group, then the images that are open.
    public func continuations(of piece: Piece) -> [Piece] {
        switch piece {
        case .images(let group, let first):
            let rest = Piece.images(group: group, from: firstUntouched[group])
            let places = cutting.places(of: group, from: first, count: count)
            return (isNeeded(rest) ? [rest] : []) + places.flatMap { open[$0]?.pieces ?? [] }
        case .looks(let place, _), .samples(let place, _): return open[place]?.pieces ?? []
        }
    }

    /// Takes note of how far an image is.
    ///
    /// - Parameters:
    ///   - samples: Those that are counted, up to a look.
    ///   - next: The samples at its next look; nil where it is decided.
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

    /// Takes note that a range of samples is counted, of an image that waits for others.
    public mutating func noteCounted(_ place: Int, _ range: Range<Int>) {
        let piece = Piece.samples(place: place, range)
        shelves.remove(piece)
        open[place]?.pieces.removeAll { $0 == piece }
    }

    /// Takes a piece off the board, because another has it; `putBack` returns it.
    public mutating func takeOff(_ piece: Piece) { shelves.remove(piece) }

    /// Puts a piece back, if it is still to be done.
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
    /// - Parameter passing: How many levels of pieces to pass over, as there one was another's.
    public func pick(passing: Int = 0, using generator: inout some RandomNumberGenerator) -> Piece? {
        shelves.random(passing: passing, using: &generator)
    }

    /// Images that nothing is known of come first; then open ones, and those whose numbers of samples are within a factor of two share
    /// a level, with all ranges that an image waits for.
    private mutating func add(_ piece: Piece) {
        switch piece {
        case .images: shelves.add(piece, level: 0)
        case .looks(let place, _), .samples(let place, _):
            let samples = open[place]?.samples ?? 0
            shelves.add(piece, level: 1 + Int.bitWidth - samples.leadingZeroBitCount)
        }
    }
}

/// Pieces by level, from which one of a level is drawn, added or removed in constant time.
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
