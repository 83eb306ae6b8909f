import Foundation

/// Reading and writing the files of a run's directory.
package enum RunFile {
    package static func record(in directory: URL) -> URL { directory.appending(path: "run.json") }

    package static func lines<Settings: RunSettings>(of: Settings.Type, in directory: URL) -> URL {
        directory.appending(path: Settings.linesFile)
    }

    /// Lines that are not the next ones: for images begun, or done out of order.
    package static func setAside<Settings: RunSettings>(of: Settings.Type, in directory: URL) -> URL {
        directory.appending(path: "unfinished-" + Settings.linesFile)
    }

    /// What the workers that share a folder have agreed on.
    package static let agreement = "share.json"

    /// Whether a folder is shared by workers, rather than the directory of a single run.
    package static func isShared(_ directory: URL) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: agreement).path)
    }

    /// Why a file cannot be read, in words.
    package static func unreadable(_ file: URL, _ error: any Error) -> String {
        switch error {
        case let error as RunError where error.reason == .inaccessible:
            FileManager.default.fileExists(atPath: file.path) ? error.description : "the file is missing"
        default: "it cannot be read: \(CanonicalJSON.explain(error))"
        }
    }

    /// The run's name as stated in `run.json`; nil if there is no such file.
    ///
    /// - Throws: `RunError.damagedRecord` when the file is something else.
    package static func method(in directory: URL) throws(RunError) -> String? {
        struct Kind: Decodable { let method: String }
        let file = record(in: directory)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let contents = try read(file)
        do { return try JSONDecoder().decode(Kind.self, from: contents).method } catch {
            throw .damaged(file, CanonicalJSON.explain(error))
        }
    }

    /// - Throws: `RunError.inaccessible` when the file is missing, is not a file, or cannot be read.
    package static func read(_ url: URL) throws(RunError) -> Data {
        var status = stat()
        guard stat(url.path, &status) == 0 else {
            if isShared(url.deletingLastPathComponent()) {
                throw RunError(.inaccessible, """
                    \(url.deletingLastPathComponent().path) is shared by workers: make a run of what they did with `surety merge`
                    """)
            }
            throw RunError(.inaccessible, """
                \(url.path): \(String(cString: strerror(errno))). Give the output directory of a run.
                """)
        }
        // A device or a pipe could be read without end.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RunError(.inaccessible, "\(url.path): it is not a file")
        }
        do { return try Data(contentsOf: url) } catch {
            throw RunError(.inaccessible, "\(url.path): cannot read it: \(error.systemReason)")
        }
    }
}

extension URL {
    /// Whether the file exists and is empty: the lines of a run that produced no result.
    package var isEmptyFile: Bool { FileManager.default.contents(atPath: path)?.isEmpty == true }

    /// Makes a run's directory, if it does not exist.
    package func makeRunDirectory() throws(RunError) {
        do { try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true) } catch {
            throw RunError(.inaccessible, """
                \(path): cannot create the directory: \(error.systemReason). Give another output directory.
                """)
        }
    }
}

extension Data {
    /// Writes a whole file of a run directory so that at any moment either the old content or the new one is there.
    package func replaceRunFile(at url: URL) throws(RunError) {
        do { try replaceFile(at: url) } catch { throw .system(url, error.action, error.code) }
    }

    /// The lines that end with a line feed, without it.
    package var completeLines: [Data] {
        split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { Data($0) }
    }
}
