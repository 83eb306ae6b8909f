import Foundation
import SuretyRecords

/// The download of one file: it tries mirror after mirror, resuming what has already arrived, until the digest is right.
struct FileDownload: Sendable {
    private let file: RemoteFile
    private let target: URL
    private let partial: URL
    private let report: @Sendable (DatasetFetch.Event) -> Void

    /// How often to retry a mirror that drops the connection but sends some bytes each time.
    private static let resumptions = 5

    init(_ file: RemoteFile, into folder: URL, report: @escaping @Sendable (DatasetFetch.Event) -> Void) {
        self.file = file
        self.report = report
        target = folder.appendingPathComponent(file.name)
        partial = folder.appendingPathComponent(file.name + ".partial")
    }

    func run() async throws(DatasetError) {
        if FileManager.default.fileExists(atPath: target.path) {
            guard try SHA256.hexadecimal(ofFileAt: target) == file.sha256 else {
                throw DatasetError(.malformed, """
                    \(target.path) is there, but its SHA-256 is not that of the published file. It is not touched: \
                    move it away and fetch again.
                    """)
            }
            report(.alreadyThere(file: file.name))
            return
        }
        var failures: [String] = []
        for mirror in file.mirrors {
            guard let failure = try await fetch(from: mirror) else {
                try DatasetFetch.move(partial, to: target)
                report(.finished(file: file.name))
                return
            }
            failures.append("  \(mirror.absoluteString): \(failure)")
        }
        throw DatasetError(.download, """
            \(file.name) could not be fetched:
            \(failures.joined(separator: "\n"))
            Check the network and try again (what has come is kept and resumed), or put the file into \
            \(target.deletingLastPathComponent().path) yourself.
            """)
    }

    /// Gets the whole, right file into `partial`, or says why it cannot.
    private func fetch(from mirror: URL) async throws(DatasetError) -> String? {
        var failure = "no bytes came"
        for _ in 0...Self.resumptions {
            let start = bytesOnDisk
            if start < file.byteCount {
                switch try await Transfer.run(file, from: mirror, into: partial, startingAt: start, report: report) {
                case .ended: failure = "the connection ended after \(bytesOnDisk) of \(file.byteCount) bytes"
                case .broken(let words): failure = words
                case .refused(let words): return words
                }
            }
            if bytesOnDisk >= file.byteCount {
                let digest = try SHA256.hexadecimal(ofFileAt: partial)
                if digest == file.sha256 { return nil }
                try? FileManager.default.removeItem(at: partial)
                failure = """
                    wrong bytes came, which are removed: their SHA-256 is \(digest), where \(file.sha256) is published
                    """
                // What was resumed may have come from elsewhere, so this mirror gets a fresh start.
                if start == 0 { return failure }
            } else if bytesOnDisk <= start {
                return failure
            }
        }
        return failure
    }

    private var bytesOnDisk: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: partial.path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
