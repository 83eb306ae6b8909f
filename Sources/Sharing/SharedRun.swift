import Foundation
import SuretyRecords

/// A run that any number of equal workers do together, in a folder that all can write to: `run.json`, `share.json`, a journal for each
/// worker, and claims.
///
/// There is no server and no lock. Each worker writes a journal of its own, and reads all; what is to be done follows from them. A
/// worker may come and go at any time, and one that is killed loses the piece it was at.
public final class SharedRun<Settings: RunSettings>: Sendable {
    /// What all workers agree on beside the settings.
    public struct Agreement: Sendable, Equatable, Codable {
        /// How the run is cut into pieces.
        public let cutting: Cutting
        /// The seconds after which a worker that gives no sign counts as gone.
        public let lease: Double
        /// Whether all machines must agree to the last vote, as those do that compute in integers.
        public let isExact: Bool

        /// How a run is shared.
        public init(cutting: Cutting, lease: Double, isExact: Bool) {
            (self.cutting, self.lease, self.isExact) = (cutting, lease, isExact)
        }

        /// Whether a run can be shared so.
        var isPossible: Bool {
            let limit = 1 << 40
            return (1..<limit).contains(cutting.portion) && (1..<limit).contains(cutting.group) && lease > 0 && lease < 1e7
        }
    }

    /// The folder.
    public let url: URL
    /// The record that the first worker wrote: of all images, with nothing done.
    public let record: RunRecord<Settings>
    /// How the run is shared.
    public let agreement: Agreement
    /// Claims of this worker.
    public let claims: Claims

    private let folder: FolderOnDisk
    private let settingsDigest: String
    private let journal: String
    private let kept: String

    /// Joins a run, and begins it where this worker is the first.
    ///
    /// - Parameters:
    ///   - agreement: Asked of the first worker alone.
    /// - Throws: `RunError.differentSettings` when the folder is shared by a run of other settings, saying which differ.
    public convenience init(
        joining url: URL, for record: RunRecord<Settings>, as worker: Worker, _ agreement: () throws -> Agreement
    ) throws {
        guard !FileManager.default.fileExists(atPath: RunFile.lines(of: Settings.self, in: url).path) else {
            throw RunError(.differentSettings, "\(url.path) holds a run of one process: give another folder to share")
        }
        let folder = try FolderOnDisk(at: url, worker: worker.name)
        let agreementFile = url.appending(path: Self.agreementFile), recordFile = RunFile.record(in: url)
        if try folder.age(of: Self.agreementFile) == nil {
            // One of the first workers makes each file; all take what is there.
            try Self.make(recordFile, record.fileContents(), in: folder)
            try Self.make(agreementFile, CanonicalJSON.data(try agreement()) + [UInt8(ascii: "\n")], in: folder)
        }
        try self.init(of: url, folder, worker: worker.name)
        try RunDirectory<Settings>.requireSameSettings(self.record, record, url)
        guard self.record.convolves(as: record) else {
            throw RunError(.differentSettings, """
                \(url.path) is shared by workers with \(self.record.convolutionName), and this one would take \(record.convolutionName): \
                give --convolution
                """)
        }
        try write([.worker(worker)])
    }

    /// Looks at a run, without taking part.
    public convenience init(of url: URL) throws {
        guard Self.isShared(url) else {
            throw RunError(.inaccessible, "\(url.path): no run is shared here: give the folder that --share named")
        }
        try self.init(of: url, FolderOnDisk(at: url), worker: "reader")
    }

    private init(of url: URL, _ folder: FolderOnDisk, worker: String) throws {
        (self.url, self.folder, journal, kept) = (url, folder, "workers/\(worker).jsonl", "workers/\(worker).kept")
        record = try RunRecord(at: RunFile.record(in: url))
        settingsDigest = try record.settingsDigest()
        let file = url.appending(path: Self.agreementFile)
        do { agreement = try JSONDecoder().decode(Agreement.self, from: RunFile.read(file)) } catch let error as RunError {
            throw error
        } catch {
            throw RunError.damaged(file, CanonicalJSON.explain(error))
        }
        guard agreement.isPossible else { throw RunError.damaged(file, "a number in it cannot be") }
        claims = Claims(in: folder, worker: worker, lease: agreement.lease)
    }

    private static var agreementFile: String { RunFile.agreement }

    /// Whether a folder is shared by workers, rather than one run's.
    public static func isShared(_ url: URL) -> Bool { RunFile.isShared(url) }

    /// Puts a whole file in its place, unless there is one: of several that try, one does.
    private static func make(_ file: URL, _ contents: Data, in folder: FolderOnDisk) throws(RunError) {
        let draft = ".draft-\(UInt64.random(in: .min ... .max))"
        _ = try folder.create(draft, contents)
        // A second name for the draft, which fails where the name is taken; it does not matter if the reply is lost.
        link(folder.url.appending(path: draft).path, file.path)
        let code = errno
        try folder.remove(draft)
        guard FileManager.default.fileExists(atPath: file.path) else { throw .system(file, "make it", code) }
    }

    /// Adds lines to this worker's journal: on disk when this returns.
    public func write(_ lines: [WorkerLine<Settings.Line>]) throws {
        var contents = Data()
        for line in lines { contents += try BoundLine.fileContents(line, settingsDigest: settingsDigest) }
        try folder.append(journal, contents)
    }

    /// Keeps bytes beside this worker's journal, after those it kept before: on disk when this returns.
    ///
    /// They are written before the lines that speak of them, so that no line is without its bytes.
    public func keep(_ contents: Data) throws { try folder.append(kept, contents) }

    /// What a worker kept, from an offset on.
    public func kept(by worker: String) throws -> Data { try folder.read("workers/\(worker).kept", from: 0) }

    /// Puts a file beside the run that all workers must have alike: the first one's stays.
    ///
    /// - Throws: `RunError.differentSettings` where this worker's is another.
    public func agree(on contents: Data, as name: String) throws {
        try Self.make(url.appending(path: name), contents, in: folder)
        guard try folder.read(name, from: 0) == contents else {
            throw RunError(.differentSettings, """
                \(url.path) is shared by workers with another \(name), made by another version or on another kind of processor: let the same \
                kind of machine take part
                """)
        }
    }

    /// The seconds since a worker gave a sign: added to its journal, or renewed a claim.
    public func silence(of worker: String) throws -> Double? { try folder.age(of: "workers/\(worker).jsonl") }

    /// A reader of all journals.
    public func reader() -> JournalReader<Settings> { JournalReader(folder, at: url, settingsDigest: settingsDigest, patience: agreement.lease) }
}

/// Reads what is new in the journals of all workers.
///
/// A line that is not whole is left for the next time: over a network the end of a file may be seen before what is in front of it.
public struct JournalReader<Settings: RunSettings>: Sendable {
    private struct Place: Sendable {
        var offset = 0, line = 0
        /// Since when a whole line has been unreadable.
        var waitingSince: ContinuousClock.Instant?
    }

    private let folder: any SharedFolder
    private let url: URL
    private let settingsDigest: String
    private let patience: Double
    private var places: [String: Place] = [:]

    /// The journals there were when it last read.
    public var count: Int { places.count }

    package init(_ folder: any SharedFolder, at url: URL, settingsDigest: String, patience: Double) {
        (self.folder, self.url, self.settingsDigest, self.patience) = (folder, url, settingsDigest, patience)
    }

    /// The lines added since the last time, each with the journal's worker.
    ///
    /// - Throws: `RunError.damagedRecord` for a line that stays unreadable for longer than a network may take.
    public mutating func read() throws -> [(worker: String, line: WorkerLine<Settings.Line>)] {
        try next(patience)
    }

    /// The same at the end of a run, when nobody writes any more.
    public mutating func readAll() throws -> [(worker: String, line: WorkerLine<Settings.Line>)] {
        try next(0)
    }

    private mutating func next(_ patience: Double) throws -> [(worker: String, line: WorkerLine<Settings.Line>)] {
        var lines: [(worker: String, line: WorkerLine<Settings.Line>)] = []
        for name in try folder.names(in: "workers") where name.hasSuffix(".jsonl") {
            var place = places[name] ?? Place()
            for bytes in try folder.read("workers/\(name)", from: place.offset).completeLines {
                guard let line = BoundLine<Settings.Line>.read(bytes, settingsDigest: settingsDigest) else {
                    let since = place.waitingSince ?? .now
                    place.waitingSince = since
                    guard (ContinuousClock.now - since) / .seconds(1) < patience else {
                        throw RunError(.damagedRecord, """
                            \(url.appending(path: "workers/\(name)").path) line \(place.line + 1): its content does not match its \
                            digest. Remove that file, and what it says is done again by the others.
                            """)
                    }
                    break
                }
                place.waitingSince = nil
                place.offset += bytes.count + 1
                place.line += 1
                lines.append((String(name.dropLast(6)), line))
            }
            places[name] = place
        }
        return lines
    }
}
