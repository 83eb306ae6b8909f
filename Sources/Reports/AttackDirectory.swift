import Certification
import Datasets
import Foundation
import Records
import Synchronization

/// The directory that `surety attack` writes to while it runs.
///
/// What is found goes to `attacks.part`, a line for each image with its pixels, and is on disk when `append` returns. Opened
/// again for the same settings, a run goes on with the images that are not there yet; one that has no image yet may be begun
/// anew with others. Once it is complete, `attacks.jsonl` takes the file's place.
public final class AttackDirectory: Sendable {
    /// What was found on an image.
    public struct Entry: Sendable, Equatable, Codable {
        public var finding: AttackRun.Image
        /// The adversarial image, [C, H, W]; nil where none was found, and the image itself stands for it.
        public var adversarial: [Float]? {
            get {
                pixels.map { pixels in
                    var values = [Float](repeating: 0, count: pixels.count / MemoryLayout<Float>.stride)
                    _ = values.withUnsafeMutableBytes { pixels.copyBytes(to: $0) }
                    return values
                }
            }
            set { pixels = newValue.map { $0.withUnsafeBytes { Data($0) } } }
        }
        private var pixels: Data?

        public init(finding: AttackRun.Image, adversarial: [Float]?) {
            self.finding = finding
            self.adversarial = adversarial
        }
    }

    public let url: URL
    /// The images still to be attacked.
    public let remaining: [Int]
    /// Whether the directory held the finished run, so that nothing is left to do.
    public let isFinished: Bool
    private let record: AttackRun.Record
    private let total: Int
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var entries: [Entry]
        var journal: Journal
    }

    /// - Parameter indices: The images to be attacked.
    /// - Throws: `RunError` when the directory holds another run, when another process writes to it, or when the
    ///   operating system refuses; `ReportError` when its files are not what was written.
    public init(at url: URL, for record: AttackRun.Record, images indices: [Int]) throws {
        (self.url, self.record, total) = (url, record, indices.count)
        let part = url.appending(path: "attacks.part")
        let lines = url.appending(path: "attacks.jsonl")
        let files = FileManager.default
        if files.fileExists(atPath: url.appending(path: "run.json").path) {
            let earlier = try? RunFiles.decode(AttackRun.Record.self, from: url.appending(path: "run.json"))
            let cameToNothing = earlier != nil && part.isEmptyFile && !files.fileExists(atPath: lines.path)
            guard earlier == record || cameToNothing else {
                throw RunError(.differentSettings, """
                    \(url.path) holds a run already, with other settings: give another output directory, or the same settings \
                    to go on
                    """)
            }
            guard files.fileExists(atPath: part.path) else {
                let run = try AttackRun(contentsOf: url)
                guard run.images.map(\.image) == indices else {
                    throw ReportError("\(lines.path): its images are not those of the run. Give another output directory.")
                }
                (remaining, isFinished) = ([], true)
                state = Mutex(
                    State(entries: run.images.map { Entry(finding: $0, adversarial: nil) }, journal: try Journal(at: lines)))
                return
            }
        } else {
            try url.makeRunDirectory()
        }
        isFinished = false
        var journal = try Journal(at: part)
        let contents = try journal.read()
        try journal.keepCompleteLines(of: contents)
        let entries: [Entry]
        do {
            entries = try contents.completeLines.map { try JSONDecoder().decode(Entry.self, from: $0) }
        } catch {
            throw ReportError("\(part.path): \(CanonicalJSON.explain(error)). Remove the directory to begin anew.")
        }
        let done = Set(entries.map(\.finding.image))
        guard done.count == entries.count, done.isSubset(of: indices) else {
            throw ReportError("\(part.path): its images are not those of the run. Remove the directory to begin anew.")
        }
        remaining = indices.filter { !done.contains($0) }
        try RunFiles.write(record, to: url.appending(path: "run.json"))
        state = Mutex(State(entries: entries, journal: journal))
    }

    /// What was found so far, in the order in which it was.
    public var entries: [Entry] { state.withLock { $0.entries } }

    /// Adds an image; it is on disk when this returns.
    public func append(_ entry: Entry) throws {
        let line = try CanonicalJSON.data(entry) + Data("\n".utf8)
        try state.withLock { state in
            try state.journal.append(line)
            state.entries.append(entry)
        }
    }

    /// Whether all images are there.
    public var isComplete: Bool { entries.count == total }

    /// What was found so far.
    public var run: AttackRun { AttackRun(record: record, images: entries.map(\.finding)) }

    /// Writes `attacks.jsonl`, beside which a complete run needs nothing to go on from.
    public func finish() throws {
        try run.write(to: url)
        if isComplete { try? FileManager.default.removeItem(at: url.appending(path: "attacks.part")) }
    }
}
