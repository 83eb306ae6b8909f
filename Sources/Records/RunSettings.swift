import Foundation

/// What a kind of run is asked to do: the member `settings` of its record. Together with the result for an image, its `Line`,
/// it defines a kind of run: the record, the file of sealed lines, and how to continue, merge and check runs follow from it.
///
/// Its coded form is the one in the record; two runs have the same settings when that is equal.
public protocol RunSettings: Codable, Sendable, Equatable {
    /// What is found for one image.
    associatedtype Line: RunLine

    /// The format version of these settings and lines.
    static var schema: Int { get }
    /// The file with a line for each image.
    static var linesFile: String { get }
    /// What a line is called, as in "it is not a certificate".
    static var lineName: String { get }
    /// What this kind of run may be called, as commands are.
    static var methods: [String] { get }

    /// What this run is called: one of `methods`.
    var method: String { get }
    /// Whether records of such runs say what `random` gives.
    var recordsRandom: Bool { get }
    /// Noisy samples classified for each image; nil if there are none.
    var sampleCount: Int? { get }

    /// The generator of everything random, and its key; nil if nothing is random, or the settings state it themselves.
    func random(model: ModelRecord, data: DataRecord) -> RandomRecord?
    /// The command-line options with which these settings can continue a run of `earlier` settings, if they are not known from the
    /// differences; nil if they are.
    func options(continuing earlier: Self) -> String?
    /// Whether a finished run with the earlier settings can be continued with these in another directory.
    func canExtend(_ earlier: Self) -> Bool
    /// Files that follow from the lines and are kept beside them, by name.
    func tables(of lines: [Line]) -> [String: Data]
    /// What cannot be true of a line, whatever the model and the data, in words.
    func objections(to line: Line, dimensions: Int) -> [String]
    /// What cannot be true of a line of this image, in words.
    func objections(to line: Line, image: [Float]) -> [String]
}

extension RunSettings {
    /// false: nothing is random, unless a kind of run says otherwise.
    public var recordsRandom: Bool { false }
    /// nil: nothing is random, unless a kind of run says otherwise.
    public func random(model: ModelRecord, data: DataRecord) -> RandomRecord? { nil }
    /// nil: no noisy samples, unless a kind of run says otherwise.
    public var sampleCount: Int? { nil }
    /// nil: the differences say it all, unless a kind of run says otherwise.
    public func options(continuing earlier: Self) -> String? { nil }
    /// No, unless a kind of run says otherwise.
    public func canExtend(_ earlier: Self) -> Bool { false }
    /// None, unless a kind of run says otherwise.
    public func tables(of lines: [Line]) -> [String: Data] { [:] }
    /// None, unless a kind of run says otherwise.
    public func objections(to line: Line, dimensions: Int) -> [String] { [] }
    /// None, unless a kind of run says otherwise.
    public func objections(to line: Line, image: [Float]) -> [String] { [] }
}

/// What a run found for one image: a line of its file.
public protocol RunLine: Codable, Sendable, Equatable {
    /// The image's index in its data set.
    var image: Int { get }
    /// Its true class.
    var label: Int { get }
    /// SHA-256 of the image's content; nil if the line does not state it.
    var contentSHA256: String? { get }
    /// The seconds that the image took, if recorded. They are not part of the line's own encoding: no digest of results
    /// depends on them.
    var timing: Double? { get set }
    /// Whether the image may be continued when the run is started again.
    var isOpen: Bool { get }
    /// Whether both can be results for one image, computed twice: lines that are not open must be the same except for the time.
    func agrees(with other: Self) -> Bool
}

extension RunLine {
    /// false: a line is final, unless a kind of run says otherwise.
    public var isOpen: Bool { false }
    /// Whether they are the same except for the time, unless a kind of run says otherwise.
    public func agrees(with other: Self) -> Bool {
        var other = other
        other.timing = timing
        return self == other
    }
    /// nil: lines do not state it, unless a kind of run says otherwise.
    public var contentSHA256: String? { nil }
    /// nil, and setting it does nothing: times are not kept, unless a kind of run says otherwise.
    public var timing: Double? {
        get { nil }
        set {}
    }
}

/// A random generator, in words precise enough to write another, and its key.
public struct RandomRecord: Sendable, Equatable, Codable {
    /// The algorithm and its version.
    public let generator: String
    /// What the generator's counter is made of.
    public let counter: String
    /// The key.
    public let key: UInt64
    /// The total variation, in one value of an image, between what is drawn and the law that results are about; nil if it is
    /// not known.
    public let totalVariation: Double?

    /// Both texts are part of a run's settings digest: they change only when the generator does.
    public init(generator: String, counter: String, key: UInt64, totalVariation: Double? = nil) {
        (self.generator, self.counter, self.key, self.totalVariation) = (generator, counter, key, totalVariation)
    }
}
