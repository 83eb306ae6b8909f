import Foundation

/// A folder that goes away with its last reference.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of a file in it.
    func callAsFunction(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file; returns its path.
    @discardableResult
    func write(_ contents: some DataProtocol, to name: String) throws -> String {
        try Data(contents).write(to: url.appendingPathComponent(name))
        return self(name)
    }

    /// Writes a text of these lines.
    func write(lines: some Sequence<String>, to name: String) throws {
        try write(Data(lines.map { $0 + "\n" }.joined().utf8), to: name)
    }

    /// The content of a file; nil where there is none.
    func contents(of name: String) -> Data? { FileManager.default.contents(atPath: self(name)) }

    func copy(_ old: String, to new: String) throws {
        try FileManager.default.copyItem(atPath: self(old), toPath: self(new))
    }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }
}
