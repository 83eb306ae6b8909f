import Datasets
import Foundation
import Records

extension RunContents {
    /// Joins the shards of a run, in any order, into a run directory of their own: its certificates are those of a run
    /// on one machine, line by line, with the shards' times.
    ///
    ///     try RunContents.merge([first, second, third], into: output)
    ///
    /// - Throws: `RunError.notMergeable` when settings differ, an image is in two of them, or images are
    ///   missing, saying which; otherwise as `init(of:)` and `RunDirectory.init`.
    @discardableResult
    public static func merge(_ directories: [URL], into output: URL) throws(RunError) -> RunRecord {
        var runs: [(url: URL, run: RunContents)] = []
        for url in directories { runs.append((url, try RunContents(of: url))) }
        guard let first = runs.first else {
            throw RunError(.notMergeable, "there is nothing to merge: give the directories of the shards")
        }
        for other in runs.dropFirst() { try requireSameRun(first, other) }

        let owners = try ownersByImage(runs)
        var whole = first.run.record
        whole.selection = whole.selection.unsharded
        try requireEveryImage(of: whole, owners: Set(owners.keys), in: runs)

        let lines = runs.flatMap(\.run.lines).sorted { $0.certificate.image < $1.certificate.image }
        whole.progress.images = lines.count
        whole.joinProvenance(of: runs.map(\.run.record))
        whole.update(for: lines.map(\.certificate))
        try write(whole, lines, to: output)
        return whole
    }

    private static func requireSameRun(
        _ first: (url: URL, run: RunContents), _ other: (url: URL, run: RunContents)
    ) throws(RunError) {
        var differences: [String]
        do {
            differences = try other.run.record.differences(from: first.run.record, comparesSelection: true)
        } catch {
            throw RunError(.notMergeable, "the settings cannot be compared: \(error)")
        }
        differences.removeAll { $0.hasPrefix("selection.shard:") }
        guard differences.isEmpty else {
            throw RunError(.notMergeable, """
                \(first.url.path) (there) and \(other.url.path) (here) are not shards of one run:
                \(differences.map { "  \($0)" }.joined(separator: "\n"))
                """)
        }
    }

    private static func ownersByImage(_ runs: [(url: URL, run: RunContents)]) throws(RunError) -> [Int: URL] {
        var owners: [Int: URL] = [:]
        for (url, run) in runs {
            for certificate in run.certificates {
                if let owner = owners.updateValue(url, forKey: certificate.image) {
                    throw RunError(.notMergeable, """
                        image \(certificate.image) is in \(owner.path) and in \(url.path): \
                        give each shard once, all of one division
                        """)
                }
            }
        }
        return owners
    }

    private static func requireEveryImage(
        of whole: RunRecord, owners present: Set<Int>, in runs: [(url: URL, run: RunContents)]
    ) throws(RunError) {
        let missing = MissingImages(from: present, selection: whole.selection, total: whole.data.count)
        guard missing.count > 0 else { return }
        let unfinished = runs.filter { $0.run.certificates.count < $0.run.record.progress.images }.map { url, run in
            "  \(url.path), shard \(run.record.selection.shard), has \(run.certificates.count) of "
                + "\(run.record.progress.images) images: start it again to finish it"
        }
        let shards = runs.map { "\($0.run.record.selection.shard)" }.joined(separator: ", ")
        throw RunError(.notMergeable, """
            \(missing) missing from shards \(shards)\
            \(unfinished.isEmpty ? "" : ":\n" + unfinished.joined(separator: "\n"))
            """)
    }

    private static func write(
        _ record: RunRecord, _ lines: [CertificateLine], to output: URL
    ) throws(RunError) {
        guard !FileManager.default.fileExists(atPath: RunFile.certificates(in: output).path) else {
            throw RunError(.notMergeable, "\(output.path) holds a run already: give another output directory")
        }
        let contents: (lines: Data, record: Data)
        do {
            contents = try (Data(lines.map { try $0.fileContents() }.joined()), record.fileContents())
            try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        } catch {
            throw RunError(.inaccessible, "\(output.path): cannot create the directory: \(error.systemReason)")
        }
        // The certificates last: without them a merge that failed halfway can be started again.
        let table = CertificateTable.fileContents(lines.map(\.certificate), record.settings)
        try table.replaceRunFile(at: RunFile.table(in: output))
        try contents.record.replaceRunFile(at: RunFile.record(in: output))
        try contents.lines.replaceRunFile(at: RunFile.certificates(in: output))
    }
}

extension RunRecord {
    /// Names all that certificates of `records` were made by: each version, processor and library once, threads and batch
    /// of the first.
    mutating func joinProvenance(of records: [RunRecord]) {
        guard let first = records.first?.environment else { return }
        func distinct(_ name: (RunRecord) -> String) -> String {
            var seen: Set<String> = []
            // Records may be joined ones themselves.
            let names = records.flatMap { name($0).components(separatedBy: Self.separator) }
            return names.filter { seen.insert($0).inserted }.joined(separator: Self.separator)
        }
        version = distinct(\.version)
        environment = Environment(
            processor: distinct(\.environment.processor), threads: first.threads, batch: first.batch,
            libraries: distinct(\.environment.libraries))
    }

    private static let separator = "; "
}

/// The images of a selection that are not there, in words: how many, and the first of them.
struct MissingImages: CustomStringConvertible {
    let count: Int
    let first: [Int]

    /// - Parameter present: images of the selection.
    init(from present: Set<Int>, selection: ImageSelection, total: Int) {
        count = selection.count(of: total) - present.count
        // Ends after `present.count` + 10 steps at most, whatever `total` a damaged record claims.
        first = Array((0..<selection.count(of: total)).lazy.map(selection.image(at:)).filter { !present.contains($0) }
            .prefix(10))
    }

    var description: String {
        let list = first.map(String.init).joined(separator: ", ") + (count > first.count ? ", …" : "")
        return count == 1 ? "image \(list) is" : "\(count) images (\(list)) are"
    }
}
