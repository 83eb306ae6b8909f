import Foundation

/// A folder that goes away with its last reference.
final class TemporaryFolder {
    let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func url(_ name: String) -> URL { root.appendingPathComponent(name) }

    /// Writes a file, and the folders it lies in.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> URL {
        let file = url(name)
        let folder = file.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A new file, and not through Data: both overwriting and Data wait for the disk, thousands of times.
        unlink(file.path)
        guard let disk = fopen(file.path, "wb") else { throw CocoaError(.fileWriteUnknown) }
        defer { fclose(disk) }
        guard fwrite(bytes, 1, bytes.count, disk) == bytes.count else { throw CocoaError(.fileWriteOutOfSpace) }
        return file
    }
}
