import Datasets
import Foundation
import Records

/// The output directory of a bounds run: `run.json`, `fits.json` and `bounds.jsonl`.
///
/// Opened again for the same settings it goes on after the last image that is complete. One process at a time writes to it. A
/// run that has no image yet may be begun anew with other settings.
public final class BoundsDirectory {
    public let url: URL
    /// The images still to be treated, in order.
    public let remaining: [Int]
    /// The bounds of those completed before.
    public private(set) var bounds: [ImageBounds]

    private let record: BoundsRecord
    private var journal: Journal

    /// - Parameter record: Without fits.
    /// - Throws: `RunError` when the directory holds another run, or something that is not what was written, or
    ///   the operating system refuses.
    public init(at url: URL, for record: BoundsRecord) throws(RunError) {
        try url.makeRunDirectory()
        (self.url, self.record) = (url, record)
        let journalURL = url.appending(path: "bounds.jsonl")
        // A run that was stopped while it sampled has a journal, and nothing in it.
        let isBegun = !(FileManager.default.contents(atPath: journalURL.path) ?? Data()).isEmpty
        let selected = record.selection.indices(of: record.data.count)
        if let earlier = try Self.record(in: url) {
            var bare = earlier
            bare.settings.fits = BoundsRecord.Fits()
            guard bare == record || journalURL.isEmptyFile else {
                throw RunError(.differentSettings, """
                    \(url.path) holds a run with other settings: give another output directory, or the same settings to go on
                    """)
            }
        } else {
            guard !FileManager.default.fileExists(atPath: url.appending(path: "run.json").path),
                !isBegun
            else {
                throw RunError(.differentSettings, """
                    \(url.path) holds something other than bounds: give another output directory
                    """)
            }
        }
        journal = try Journal(at: journalURL)
        let contents = try journal.read()
        try journal.keepCompleteLines(of: contents)
        do {
            bounds = try contents.completeLines.map { try JSONDecoder().decode(ImageBounds.self, from: $0) }
        } catch {
            throw Self.damaged(journalURL, CanonicalJSON.explain(error))
        }
        guard bounds.map(\.image) == Array(selected.prefix(bounds.count)) else {
            throw Self.damaged(journalURL, "its images are not those of the run")
        }
        remaining = Array(selected.dropFirst(bounds.count))
    }

    private static func damaged(_ file: URL, _ what: String) -> RunError {
        RunError(.damagedRecord, "\(file.path): \(what). To start afresh, give another output directory.")
    }

    /// Writes the record, and all about the fits; before the first image.
    ///
    /// - Throws: `RunError` when an earlier start came to other fits, or the operating system refuses.
    public func save(_ estimated: EstimatedBounds) throws(RunError) {
        var complete = record
        complete.settings.fits = BoundsRecord.Fits(estimated, withMaxima: false)
        if let earlier = try Self.record(in: url), earlier != complete, !bounds.isEmpty {
            throw RunError(.differentSettings, """
                \(url.path) was begun with other estimates of L and ω, by another version or processor: give another output \
                directory
                """)
        }
        try write(BoundsRecord.Fits(estimated, withMaxima: true), to: "fits.json")
        try write(complete, to: "run.json")
    }

    /// Adds the bounds of the next images; they are on disk when this returns.
    public func append(_ more: [ImageBounds]) throws(RunError) {
        var lines = Data()
        do {
            for it in more { lines += try CanonicalJSON.data(it) + Data("\n".utf8) }
        } catch {
            throw RunError(.invalidCounts, "bounds that cannot be written: \(error)")
        }
        try journal.append(lines)
        bounds += more
    }

    private func write(_ value: some Encodable, to name: String) throws(RunError) {
        let contents: Data
        do { contents = CanonicalJSON.indented(try CanonicalJSON.data(value)) } catch {
            throw RunError(.invalidSettings, "\(name) cannot be written: \(error)")
        }
        try contents.replaceRunFile(at: url.appending(path: name))
    }

    /// The record of an earlier run; nil where there is none, or one of another kind.
    private static func record(in url: URL) throws(RunError) -> BoundsRecord? {
        guard let contents = FileManager.default.contents(atPath: url.appending(path: "run.json").path) else { return nil }
        return try? JSONDecoder().decode(BoundsRecord.self, from: contents)
    }
}
