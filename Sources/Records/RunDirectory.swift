import Foundation
import Synchronization

/// The output directory of a run: `run.json`, a file of sealed lines, one for each image, and what is kept beside them.
///
///     let directory = try RunDirectory(at: url, for: record)
///     for image in directory.remaining {
///         try directory.append(line(of: image))   // on disk when this returns
///     }
///     try directory.save()
///
/// Opened again with the same settings, it goes on where it stopped, however it stopped: a line torn by a crash is cut off,
/// and its image is done again. Lines of images that are not the next ones can be set aside until then; open lines, whose
/// images may be continued, are set aside when the directory is opened. The record then names the machines and versions of
/// all starts. Several threads can use the directory, but lines must come in the order of `remaining`. A run that has no line
/// yet has nothing to lose, and may be started anew with other settings: a refusal at the first image does not spoil the
/// directory.
public final class RunDirectory<Settings: RunSettings>: Sendable {
    /// What is found for one image.
    public typealias Line = Settings.Line

    /// The folder that holds `run.json` and the other files.
    public let url: URL

    /// The images still to be processed, in order.
    public let remaining: [Int]

    /// Images that were complete when the directory was opened.
    public let completedBefore: Int

    /// Lines of images in `remaining` that were set aside when the directory was opened.
    public let setAside: [Line]

    private struct State: ~Copyable {
        var journal: Journal
        var record: RunRecord<Settings>
        var lines: [Line]
    }

    private let state: Mutex<State>
    private let settingsDigest: String

    /// Creates the directory, or opens it to go on.
    ///
    /// - Throws: `RunError`: `differentSettings` when it holds a run of other settings, saying which differ;
    ///   `inUse` when another process writes to it; `damagedRecord` when what it holds is not what was written;
    ///   `inaccessible` or `outOfSpace` when the operating system refuses. What the directory held is then untouched.
    public init(at url: URL, for record: RunRecord<Settings>) throws(RunError) {
        try url.makeRunDirectory()
        guard !RunFile.isShared(url) else {
            throw RunError(.differentSettings, "\(url.path) is shared by workers: give another output directory, or --share to be one of them")
        }
        let journalFile = RunFile.lines(of: Settings.self, in: url)
        // Before the journal is made, so that a refusal leaves no trace; and again when it is locked, for certain.
        _ = try Self.earlierRecord(in: url, continuedBy: record)
        var journal = try Journal(at: journalFile)
        let earlier = try Self.earlierRecord(in: url, continuedBy: record)
        let contents = try journal.read()
        guard earlier != nil || contents.isEmpty else {
            throw .damaged(RunFile.record(in: url), "it is missing beside \(Settings.linesFile)")
        }
        var lines = try RunContents.lines(in: contents, of: journalFile, record)
        do { settingsDigest = try record.settingsDigest() } catch {
            throw RunError(.invalidSettings, "the settings cannot be written: \(error)")
        }
        try journal.keepCompleteLines(of: contents)
        let aside = RunFile.setAside(of: Settings.self, in: url)
        var known = try earlier == nil ? [:] : Self.linesSetAside(in: aside, record)
        if let firstOpen = lines.firstIndex(where: \.isOpen) {
            known.merge(lines[firstOpen...].map { ($0.image, $0) }) { $1 }
            // It is on disk in one file before it is removed from the other.
            try Self.seal(known.values.sorted { $0.image < $1.image }, settingsDigest).replaceRunFile(at: aside)
            lines.removeSubrange(firstOpen...)
            try journal.keep(contents.completeLines.prefix(firstOpen).reduce(0) { $0 + $1.count + 1 })
        }
        let done = Set(lines.map(\.image))
        setAside = known.values.filter { !done.contains($0.image) }.sorted { $0.image < $1.image }
        self.url = url
        completedBefore = lines.count
        remaining = Array(record.selection.indices(of: record.data.count).dropFirst(lines.count))
        var record = record
        if let earlier {
            record.joinProvenance(of: remaining.isEmpty ? [earlier] : [earlier, record])
            record.files = earlier.files
        }
        state = Mutex(State(journal: journal, record: record, lines: lines))
        try state.withLock { state throws(RunError) in try Self.writeRecord(&state, to: url) }
    }

    /// The run's record, with its progress so far.
    public var record: RunRecord<Settings> {
        state.withLock { Self.record(of: $0) }
    }

    /// What is done so far, in the order of the images.
    public var lines: [Line] { state.withLock { $0.lines } }

    /// Adds the next image's line; when this returns it is on disk.
    ///
    /// - Throws: `RunError`; then the directory holds what it held before.
    public func append(_ line: Line) throws(RunError) { try append([line]) }

    /// Adds the next images' lines; when this returns all are on disk.
    ///
    /// - Throws: `RunError`; then the directory holds what it held before.
    public func append(_ lines: [Line]) throws(RunError) {
        try state.withLock { state throws(RunError) in
            let selection = state.record.selection
            var contents = Data()
            for (place, line) in lines.enumerated() {
                let position = state.lines.count + place
                guard position < selection.count(of: state.record.data.count), selection.image(at: position) == line.image else {
                    throw RunError(.invalidSettings, """
                        \(url.path): the \(Settings.lineName) of image \(line.image) is not the next one
                        """)
                }
                contents += try Self.seal([line], settingsDigest)
            }
            try state.journal.append(contents)
            state.lines += lines
        }
    }

    /// Keeps lines that are not the next ones, either open or done out of order, and replaces those set aside before. They are
    /// found in `setAside` when the directory is opened again, and forgotten once the run is finished.
    ///
    /// - Throws: `RunError` when the operating system refuses.
    public func setAside(_ lines: [Line]) throws(RunError) {
        try Self.seal(lines, settingsDigest).replaceRunFile(at: RunFile.setAside(of: Settings.self, in: url))
    }

    private static func seal(_ lines: [Line], _ settingsDigest: String) throws(RunError) -> Data {
        var contents = Data()
        for line in lines {
            do { contents += try SealedLine(line, settingsDigest: settingsDigest).fileContents() } catch {
                throw RunError(.invalidCounts, "image \(line.image): \(error)")
            }
        }
        return contents
    }

    private static func linesSetAside(in file: URL, _ record: RunRecord<Settings>) throws(RunError) -> [Int: Line] {
        guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
        let contents = try RunFile.read(file)
        let lines = try RunContents.lines(in: contents, of: file, record, inOrder: false)
        return Dictionary(lines.map { ($0.image, $0) }) { $1 }
    }

    /// Writes a file beside the lines, and binds the record to its content.
    ///
    /// - Parameter isFixed: Whether the lines depend on it, so that a run with lines can continue only with the same content.
    /// - Throws: `RunError.differentSettings` if the run was begun with other content; other errors if the system refuses.
    public func attach(_ contents: Data, as name: String, isFixed: Bool = false) throws(RunError) {
        try state.withLock { state throws(RunError) in
            if isFixed, !state.lines.isEmpty, let earlier = state.record.files[name],
                earlier != SHA256.hexadecimal(of: contents) {
                throw RunError(.differentSettings, """
                    \(url.path) was begun with another \(name), by another version or processor: give another output directory
                    """)
            }
            try contents.replaceRunFile(at: url.appending(path: name))
            state.record.files.add(name, contents)
            try Self.writeRecord(&state, to: url)
        }
    }

    /// Binds the record to a file that was written beside the lines.
    public func attach(fileNamed name: String) throws(RunError) {
        let contents = try RunFile.read(url.appending(path: name))
        try state.withLock { state throws(RunError) in
            state.record.files.add(name, contents)
            try Self.writeRecord(&state, to: url)
        }
    }

    /// Writes the tables and the record, with the progress so far: at the end of a run, or when it is interrupted.
    ///
    /// - Throws: `RunError` when the operating system refuses.
    public func save() throws(RunError) {
        try state.withLock { state throws(RunError) in
            for (name, table) in state.record.settings.tables(of: state.lines) {
                try table.replaceRunFile(at: url.appending(path: name))
            }
            try Self.writeRecord(&state, to: url)
            guard state.lines.count == state.record.selection.count(of: state.record.data.count) else { return }
            try? FileManager.default.removeItem(at: RunFile.setAside(of: Settings.self, in: url))
        }
    }

    private static func record(of state: borrowing State) -> RunRecord<Settings> {
        var record = state.record
        record.update(for: state.lines)
        return record
    }

    private static func writeRecord(_ state: inout State, to directory: URL) throws(RunError) {
        let contents: Data
        do { contents = try record(of: state).fileContents() } catch {
            throw RunError(.invalidSettings, "the record cannot be written: \(error)")
        }
        try contents.replaceRunFile(at: RunFile.record(in: directory))
    }

    /// The record of the results already in the directory; nil if it holds none, or no run.
    public static func recordOfResults(at url: URL) -> RunRecord<Settings>? {
        let files = [RunFile.lines(of: Settings.self, in: url), RunFile.setAside(of: Settings.self, in: url)]
        guard files.contains(where: { FileManager.default.fileExists(atPath: $0.path) && !$0.isEmptyFile }) else { return nil }
        return try? RunRecord<Settings>(at: RunFile.record(in: url))
    }

    /// The record of an earlier start, which must have the same settings; nil if there was none, or if one with other
    /// settings produced nothing.
    private static func earlierRecord(
        in directory: URL, continuedBy record: RunRecord<Settings>
    ) throws(RunError) -> RunRecord<Settings>? {
        let file = RunFile.record(in: directory)
        guard let method = try RunFile.method(in: directory) else { return nil }
        guard Settings.methods.contains(method) else {
            throw RunError(.differentSettings, "\(directory.path) holds a run of \(method): give another output directory")
        }
        let earlier = try RunRecord<Settings>(at: file)
        do throws(RunError) {
            guard earlier.isSealed else {
                throw RunError(.differentSettings, """
                    \(directory.path) holds a run of an older version, whose results have no seal. It can be read, but not gone on \
                    with: give another output directory
                    """)
            }
            try requireSameSettings(earlier, record, directory)
            guard earlier.convolves(as: record) else {
                throw RunError(.differentSettings, """
                    \(directory.path) was begun with \(earlier.convolutionName), and would go on with \(record.convolutionName): go on \
                    with those it has, or give another output directory
                    """)
            }
        } catch {
            let journal = RunFile.lines(of: Settings.self, in: directory)
            let aside = RunFile.setAside(of: Settings.self, in: directory)
            guard earlier.progress.completed == 0, journal.isEmptyFile, !FileManager.default.fileExists(atPath: aside.path) else {
                throw error
            }
            return nil
        }
        return earlier
    }

    /// - Parameter isRun: Whether the directory is a run, which others may extend, and not shared work.
    /// - Throws: `RunError.differentSettings` that names what differs between a run there and one here.
    package static func requireSameSettings(
        _ there: RunRecord<Settings>, _ here: RunRecord<Settings>, _ directory: URL, isRun: Bool = true
    ) throws(RunError) {
        let differences: [String]
        do { differences = try here.differences(from: there, comparesSelection: true) } catch {
            throw RunError(.invalidSettings, "the settings cannot be compared: \(error)")
        }
        guard differences.isEmpty else {
            let options = here.settings.options(continuing: there.settings)
            // With the same images and n, an extension would be the run that is there.
            let goingOn = isRun && (options == nil || here.selection != there.selection) && canExtend(there, here)
                ? ": there, --extend \(directory.path) uses the votes of this run once it is finished" : ""
            throw RunError(.differentSettings, """
                \(directory.path) holds a run with other settings:
                \(differences.map { "  \($0)" }.joined(separator: "\n"))
                Start with the settings it has\(options.map { " (\($0))" } ?? ""), to go on with it, or give another output directory\(goingOn).
                """)
        }
    }

    /// Whether all that differs is what an extension may change: the images, and what the settings allow.
    private static func canExtend(_ there: RunRecord<Settings>, _ here: RunRecord<Settings>) -> Bool {
        here.settings.canExtend(there.settings) && (try? here.differences(extending: there, as: there.settings))?.isEmpty == true
    }
}
