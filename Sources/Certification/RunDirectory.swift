import Datasets
import Foundation
import Records
import Synchronization

/// The output directory of a run: `run.json`, `certificates.jsonl` and `certificates.tsv`.
///
///     let directory = try RunDirectory(at: url, for: record)
///     for image in directory.remaining {
///         try directory.append(certificate(of: image))   // on disk when this returns
///     }
///     try directory.save()
///
/// Opened again for the same settings it goes on where it stopped, however it stopped: a line torn by a crash is cut off
/// and its image done again. The record then names the machines and versions of all starts. The directory can be used from
/// several threads, but certificates must come in the order of `remaining`. A run that has no certificate yet has nothing to
/// lose, and may be begun anew with other settings: what was refused at its first image does not spoil its directory.
public final class RunDirectory: Sendable {
    public let url: URL

    /// The images to certify, in order, those that an earlier start completed left out.
    public let remaining: [Int]

    /// Images that were complete when the directory was opened.
    public let completedBefore: Int

    private struct State: ~Copyable {
        var journal: Journal
        var record: RunRecord
        var certificates: [Certificate]
    }

    private let state: Mutex<State>
    private let settingsDigest: String

    /// Creates the directory, or opens it to go on.
    ///
    /// - Throws: `RunError`: `differentSettings` when it holds a run of other settings, saying which differ;
    ///   `inUse` when another process writes to it; `damagedRecord` when what it holds is not what was written;
    ///   `inaccessible` or `outOfSpace` when the operating system refuses. What the directory held is then untouched.
    public init(at url: URL, for record: RunRecord) throws(RunError) {
        try url.makeRunDirectory()
        // Before the journal is made, so that a refusal leaves no trace; and again when it is locked, for certain.
        _ = try Self.earlierRecord(in: url, continuedBy: record)
        var journal = try Journal(at: RunFile.certificates(in: url))
        let earlier = try Self.earlierRecord(in: url, continuedBy: record)
        let contents = try journal.read()
        guard earlier != nil || contents.isEmpty else {
            throw .damaged(RunFile.record(in: url), "it is missing beside certificates.jsonl")
        }
        let lines = try RunContents.lines(in: contents, of: RunFile.certificates(in: url), record)
        do { settingsDigest = try record.settingsDigest() } catch {
            throw RunError(.invalidSettings, "the settings cannot be written: \(error)")
        }
        try journal.keepCompleteLines(of: contents)
        self.url = url
        completedBefore = lines.count
        remaining = Array(record.selection.indices(of: record.data.count).dropFirst(lines.count))
        var record = record
        if let earlier { record.joinProvenance(of: remaining.isEmpty ? [earlier] : [earlier, record]) }
        state = Mutex(State(journal: journal, record: record, certificates: lines.map(\.certificate)))
        try state.withLock { state throws(RunError) in try Self.writeRecord(&state, to: url) }
    }

    /// The run's record, with its progress so far.
    public var record: RunRecord {
        state.withLock { Self.record(of: $0) }
    }

    /// Adds the next image's certificate; when this returns it is on disk.
    ///
    /// - Throws: `RunError`; then the directory holds what it held before.
    public func append(_ certificate: Certificate) throws(RunError) {
        try state.withLock { state throws(RunError) in
            let position = state.certificates.count
            let selection = state.record.selection
            guard position < selection.count(of: state.record.data.count),
                  selection.image(at: position) == certificate.image else {
                throw RunError(.invalidSettings, """
                    \(url.path): the certificate of image \(certificate.image) is not the next one
                    """)
            }
            let line: Data
            do { line = try CertificateLine(certificate, settingsDigest: settingsDigest).fileContents() } catch {
                throw RunError(.invalidCounts, "image \(certificate.image): \(error)")
            }
            try state.journal.append(line)
            state.certificates.append(certificate)
        }
    }

    /// Writes the table and the record, with the progress so far: at the end of a run, or when it is interrupted.
    ///
    /// - Throws: `RunError` when the operating system refuses.
    public func save() throws(RunError) {
        try state.withLock { state throws(RunError) in
            let table = CertificateTable.fileContents(state.certificates, state.record.settings)
            try table.replaceRunFile(at: RunFile.table(in: url))
            try Self.writeRecord(&state, to: url)
        }
    }

    private static func record(of state: borrowing State) -> RunRecord {
        var record = state.record
        record.update(for: state.certificates)
        return record
    }

    private static func writeRecord(_ state: inout State, to directory: URL) throws(RunError) {
        let contents: Data
        do { contents = try record(of: state).fileContents() } catch {
            throw RunError(.invalidSettings, "the record cannot be written: \(error)")
        }
        try contents.replaceRunFile(at: RunFile.record(in: directory))
    }

    /// The record of an earlier start, which must be of the same settings; nil if there was none, or one of other settings that
    /// came to nothing.
    private static func earlierRecord(
        in directory: URL, continuedBy record: RunRecord
    ) throws(RunError) -> RunRecord? {
        let file = RunFile.record(in: directory)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let earlier = try RunRecord(at: file)
        do { try requireSameSettings(earlier, record, directory) } catch {
            guard earlier.progress.completed == 0, RunFile.certificates(in: directory).isEmptyFile else { throw error }
            return nil
        }
        return earlier
    }

    private static func requireSameSettings(
        _ there: RunRecord, _ here: RunRecord, _ directory: URL
    ) throws(RunError) {
        let differences: [String]
        do { differences = try here.differences(from: there, comparesSelection: true) } catch {
            throw RunError(.invalidSettings, "the settings cannot be compared: \(error)")
        }
        guard differences.isEmpty else {
            throw RunError(.differentSettings, """
                \(directory.path) holds a run with other settings:
                \(differences.map { "  \($0)" }.joined(separator: "\n"))
                Start with the settings it has, to go on with it, or give another output directory.
                """)
        }
    }
}

extension RunRecord {
    mutating func update(for certificates: [Certificate]) {
        progress.completed = certificates.count
        progress.finished = certificates.count == progress.images
        progress.seconds = certificates.reduce(0) { $0 + $1.seconds }
    }
}
