import Datasets
import Foundation

/// The files of a run directory.
enum RunFile {
    static func record(in directory: URL) -> URL { directory.appending(path: "run.json") }
    static func certificates(in directory: URL) -> URL { directory.appending(path: "certificates.jsonl") }
    static func table(in directory: URL) -> URL { directory.appending(path: "certificates.tsv") }

    static func read(_ url: URL) throws(CertificationError) -> Data {
        var status = stat()
        guard stat(url.path, &status) == 0 else {
            throw CertificationError(.inaccessible, """
                \(url.path): \(String(cString: strerror(errno))). Give the output directory of `surety certify` or \
                `surety predict`.
                """)
        }
        // A device or a pipe could be read without end.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CertificationError(.inaccessible, "\(url.path): it is not a file")
        }
        do { return try Data(contentsOf: url) } catch {
            throw CertificationError(.inaccessible, "\(url.path): cannot read it: \(error.systemReason)")
        }
    }
}

extension URL {
    /// Whether there is a file, with nothing in it: the lines of a run that came to no result.
    package var isEmptyFile: Bool { FileManager.default.contents(atPath: path)?.isEmpty == true }

    /// Makes a run's directory, if it is not there.
    package func makeRunDirectory() throws(CertificationError) {
        do { try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true) } catch {
            throw CertificationError(.inaccessible, """
                \(path): cannot create the directory: \(error.systemReason). Give another output directory.
                """)
        }
    }
}

extension Data {
    /// Writes a whole file of a run directory so that at any moment either the old content or the new one is there.
    func replaceRunFile(at url: URL) throws(CertificationError) {
        do { try replaceFile(at: url) } catch { throw .system(url, error.action, error.code) }
    }

    /// The lines that end with a line feed, without it.
    package var completeLines: [Data] {
        split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { Data($0) }
    }
}
