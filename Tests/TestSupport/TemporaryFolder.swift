import Foundation

/// A folder that lasts as long as this object.
public final class TemporaryFolder: Sendable {
    public let root: URL

    public init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    public func url(_ name: String) -> URL { root.appendingPathComponent(name) }

    /// The path of a file in it.
    public func callAsFunction(_ name: String) -> String { url(name).path }

    /// Writes a file, and the folders it lies in.
    @discardableResult
    public func write(_ contents: some DataProtocol, to name: String) throws -> URL {
        let (file, bytes) = (url(name), Array(contents))
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        // A new file, and not through Data: both overwriting and Data wait for the disk, thousands of times.
        unlink(file.path)
        guard let disk = fopen(file.path, "wb") else { throw CocoaError(.fileWriteUnknown) }
        defer { fclose(disk) }
        guard fwrite(bytes, 1, bytes.count, disk) == bytes.count else { throw CocoaError(.fileWriteOutOfSpace) }
        return file
    }

    /// Writes a text of these lines.
    public func write(lines: some Sequence<String>, to name: String) throws {
        try write(Data(lines.map { $0 + "\n" }.joined().utf8), to: name)
    }

    /// The content of a file; nil where there is none.
    public func contents(of name: String) -> Data? { FileManager.default.contents(atPath: self(name)) }

    public func copy(_ old: String, to new: String) throws {
        try FileManager.default.copyItem(atPath: self(old), toPath: self(new))
    }

    public func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }
}
