import Foundation
import SuretyRecords

/// A run that any number of equal workers do together in a folder to which all can write: `run.json`, `share.json`, a journal
/// for each worker, and claims.
///
/// There is no server and no lock. Each worker writes its own journal, and reads all of them; they determine what is left to
/// do. A worker may come and go at any time; if it is killed, it loses the piece it was working on.
public final class SharedRun<Settings: RunSettings>: Sendable {
    /// What all workers agree on besides the settings.
    public struct Agreement: Sendable, Equatable, Codable {
        /// How the run is cut into pieces.
        public let cutting: Cutting
        /// The seconds after which a worker that gives no sign counts as gone.
        public let lease: Double
        /// Whether all machines must agree to the last vote, as is the case if they compute in integers.
        public let isExact: Bool

        /// How a run is shared.
        public init(cutting: Cutting, lease: Double, isExact: Bool) {
            (self.cutting, self.lease, self.isExact) = (cutting, lease, isExact)
        }

        /// Whether a run can be shared this way.
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

    /// Joins a run, or begins it if this worker is the first.
    ///
    /// - Parameters:
    ///   - agreement: Only asked of the first worker.
    /// - Throws: `RunError.differentSettings` when the folder is shared by a run of other settings, saying which differ.
    public convenience init(
        joining url: URL, for record: RunRecord<Settings>, as worker: Worker, _ agreement: () throws -> Agreement
    ) throws {
        guard !FileManager.default.fileExists(atPath: RunFile.lines(of: Settings.self, in: url).path) else {
            throw RunError(.differentSettings, "\(url.path) holds the run of a single process: choose another folder to share")
        }
        let folder = try FolderOnDisk(at: url, worker: worker.name)
        let agreementFile = url.appending(path: Self.agreementFile), recordFile = RunFile.record(in: url)
        if try folder.age(of: Self.agreementFile) == nil {
            // One of the first workers makes each file; all use what exists.
            try Self.make(recordFile, record.fileContents(), in: folder)
            try Self.make(agreementFile, CanonicalJSON.data(try agreement()) + [UInt8(ascii: "\n")], in: folder)
        }
        try self.init(of: url, folder, worker: worker.name)
        try RunDirectory<Settings>.requireSameSettings(self.record, record, url, isRun: false)
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
        guard agreement.isPossible else { throw RunError.damaged(file, "a number in it is impossible") }
        claims = Claims(in: folder, worker: worker, lease: agreement.lease)
    }

    private static var agreementFile: String { RunFile.agreement }

    /// Whether a folder is shared by workers, rather than the directory of a single run.
    public static func isShared(_ url: URL) -> Bool { RunFile.isShared(url) }

    /// The record of the run that workers share in a folder, also while the first is still beginning it; nil if there is none.
    public static func record(at url: URL) throws(RunError) -> RunRecord<Settings>? {
        guard let method = try RunFile.method(in: url), Settings.methods.contains(method) else { return nil }
        return try RunRecord(at: RunFile.record(in: url))
    }

    /// Puts a whole file in its place, unless there is one: if several workers try, one succeeds.
    private static func make(_ file: URL, _ contents: Data, in folder: FolderOnDisk) throws(RunError) {
        let draft = ".draft-\(UInt64.random(in: .min ... .max))"
        _ = try folder.create(draft, contents)
        // Gives the draft a second name, which fails if the name is taken; it does not matter if the reply is lost.
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

    /// Keeps bytes beside this worker's journal, after those kept before: they are on disk when this returns.
    ///
    /// They are written before the lines that refer to them, so that no line lacks its bytes.
    public func keep(_ contents: Data) throws { try folder.append(kept, contents) }

    /// The bytes that a worker kept, from an offset on.
    public func kept(by worker: String) throws -> Data { try folder.read("workers/\(worker).kept", from: 0) }

    /// Puts a file beside the run that must be the same for all workers: the first worker's file stays.
    ///
    /// - Throws: `RunError.differentSettings` if this worker's file differs.
    public func agree(on contents: Data, as name: String) throws {
        try Self.make(url.appending(path: name), contents, in: folder)
        guard try folder.read(name, from: 0) == contents else {
            throw RunError(.differentSettings, """
                \(url.path) is shared by workers with another \(name), made by another version or on another kind of processor: let the same \
                kind of machine take part
                """)
        }
    }

    /// The seconds since a worker gave a sign of life: since it added to its journal or renewed a claim.
    public func silence(of worker: String) throws -> Double? { try folder.age(of: "workers/\(worker).jsonl") }

    /// A reader of all journals.
    public func reader() -> JournalReader<Settings> { JournalReader(folder, at: url, settingsDigest: settingsDigest, patience: agreement.lease) }
}

/// Reads what is new in the journals of all workers.
///
/// An incomplete line is left for the next time: over a network, the end of a file may become visible before what precedes it.
public struct JournalReader<Settings: RunSettings>: Sendable {
    private struct Place: Sendable {
        var offset = 0, line = 0
        /// The time since when a complete line has been unreadable.
        var waitingSince: ContinuousClock.Instant?
    }

    private let folder: any SharedFolder
    private let url: URL
    private let settingsDigest: String
    private let patience: Double
    private var places: [String: Place] = [:]

    /// The journals that existed when it last read.
    public var count: Int { places.count }

    package init(_ folder: any SharedFolder, at url: URL, settingsDigest: String, patience: Double) {
        (self.folder, self.url, self.settingsDigest, self.patience) = (folder, url, settingsDigest, patience)
    }

    /// The lines added since the last time, each with the worker of its journal.
    ///
    /// - Throws: `RunError.damagedRecord` for a line that stays unreadable for longer than a network may take.
    public mutating func read() throws -> [(worker: String, line: WorkerLine<Settings.Line>)] {
        try next(patience)
    }

    /// The same, at the end of a run when nobody writes any more.
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
