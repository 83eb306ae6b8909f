import Foundation

extension RunContents {
    /// Joins the shards of a run, in any order, into a run directory of their own: its lines are those of a run
    /// on one machine, line by line, with the shards' times.
    ///
    ///     try RunContents.merge([first, second, third], into: output)
    ///
    /// - Throws: `RunError.notMergeable` when settings differ, an image is in two of them, or images are
    ///   missing, saying which; otherwise as `init(of:)` and `RunDirectory.init`.
    @discardableResult
    public static func merge(_ directories: [URL], into output: URL) throws(RunError) -> RunRecord<Settings> {
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

        let lines = runs.flatMap(\.run.lines).sorted { $0.image < $1.image }
        whole.progress.images = lines.count
        whole.joinProvenance(of: runs.map(\.run.record))
        whole.update(for: lines)
        try write(whole, lines, sharedFiles(of: runs), to: output)
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
        guard first.run.record.convolves(as: other.run.record) else {
            throw RunError(.notMergeable, """
                \(first.url.path) was computed with \(first.run.record.convolutionName) and \(other.url.path) with \
                \(other.run.record.convolutionName), which may differ in votes that are almost equal: make all shards with \
                --convolution direct, or on processors that know both
                """)
        }
    }

    private static func ownersByImage(_ runs: [(url: URL, run: RunContents)]) throws(RunError) -> [Int: URL] {
        var owners: [Int: URL] = [:]
        for (url, run) in runs {
            for line in run.lines {
                if let owner = owners.updateValue(url, forKey: line.image) {
                    throw RunError(.notMergeable, """
                        image \(line.image) is in \(owner.path) and in \(url.path): \
                        give each shard once, all of one division
                        """)
                }
            }
        }
        return owners
    }

    private static func requireEveryImage(
        of whole: RunRecord<Settings>, owners present: Set<Int>, in runs: [(url: URL, run: RunContents)]
    ) throws(RunError) {
        let missing = MissingImages(from: present, selection: whole.selection, total: whole.data.count)
        guard missing.count > 0 else { return }
        let unfinished = runs.filter { $0.run.lines.count < $0.run.record.progress.images }.map { url, run in
            "  \(url.path), shard \(run.record.selection.shard), has \(run.lines.count) of "
                + "\(run.record.progress.images) images: start it again to finish it"
        }
        let shards = runs.map { "\($0.run.record.selection.shard)" }.joined(separator: ", ")
        throw RunError(.notMergeable, """
            \(missing) missing from shards \(shards)\
            \(unfinished.isEmpty ? "" : ":\n" + unfinished.joined(separator: "\n"))
            """)
    }

    /// The files kept beside the lines, which must be the same in all shards.
    private static func sharedFiles(of runs: [(url: URL, run: RunContents)]) throws(RunError) -> [String: Data] {
        var files: [String: Data] = [:]
        for (url, run) in runs {
            guard run.record.files == runs[0].run.record.files else {
                throw RunError(.notMergeable, """
                    \(runs[0].url.path) and \(url.path) have different files beside their lines: \
                    \(Set(run.record.files.names).union(runs[0].run.record.files.names).sorted().joined(separator: ", "))
                    """)
            }
        }
        for name in runs[0].run.record.files.names { files[name] = try RunFile.read(runs[0].url.appending(path: name)) }
        return files
    }

    /// Writes a whole run to a place where there is none.
    package static func write(
        _ record: RunRecord<Settings>, _ lines: [Settings.Line], _ files: [String: Data], to output: URL
    ) throws(RunError) {
        let file = RunFile.lines(of: Settings.self, in: output)
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw RunError(.notMergeable, "\(output.path) holds a run already: give another output directory")
        }
        let contents: (lines: Data, record: Data)
        do {
            let digest = try record.settingsDigest()
            let sealed = try lines.map { try SealedLine($0, settingsDigest: digest).fileContents() }
            contents = (Data(sealed.joined()), try record.fileContents())
            try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        } catch {
            throw RunError(.inaccessible, "\(output.path): cannot create the directory: \(error.systemReason)")
        }
        // The lines come last: without them, a merge that failed halfway can be started again.
        for (name, table) in record.settings.tables(of: lines).merging(files, uniquingKeysWith: { $1 }) {
            try table.replaceRunFile(at: output.appending(path: name))
        }
        try contents.record.replaceRunFile(at: RunFile.record(in: output))
        try contents.lines.replaceRunFile(at: file)
    }
}

extension RunRecord {
    /// Whether both were computed by the same algorithm, so that their lines can be part of the same run.
    package func convolves(as other: RunRecord) -> Bool { environment?.convolution == other.environment?.convolution }

    /// The same in words.
    package var convolutionName: String { "\(environment?.convolution ?? "direct") convolutions" }

    /// Lists everything that made the lines of `records`: each version, processor and library once, and the threads and
    /// batch of the first.
    package mutating func joinProvenance(of records: [RunRecord]) {
        let environments = records.compactMap(\.environment)
        guard let first = environments.first else { return }
        func distinct(_ names: [String]) -> String {
            var seen: Set<String> = []
            let separator = "; "
            // Records may themselves be merged ones.
            return names.flatMap { $0.components(separatedBy: separator) }.filter { seen.insert($0).inserted }
                .joined(separator: separator)
        }
        version = distinct(records.map(\.version))
        environment = RunEnvironment(
            processor: distinct(environments.map(\.processor)), threads: first.threads, batch: first.batch,
            libraries: distinct(environments.map(\.libraries)), convolution: first.convolution)
    }
}

/// The missing images of a selection, in words: how many, and the first of them.
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
