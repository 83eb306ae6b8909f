import Foundation

/// The files kept beside a record, with their SHA-256, by name.
///
/// Invariant: a name is that of a file in the record's own directory. A record that was tampered with must not lead elsewhere.
public struct AttachedFiles: Sendable, Equatable, Codable {
    /// SHA-256 by name.
    public private(set) var digests: [String: String] = [:]

    /// No files.
    public init() {}

    /// The files' names, sorted.
    public var names: [String] { digests.keys.sorted() }

    /// The digest of a file; nil if there is no such file.
    public subscript(name: String) -> String? { digests[name] }

    package mutating func add(_ name: String, _ contents: Data) { digests[name] = SHA256.hexadecimal(of: contents) }

    public func encode(to encoder: any Encoder) throws { try digests.encode(to: encoder) }

    public init(from decoder: any Decoder) throws {
        digests = try [String: String](from: decoder)
        if let name = digests.keys.first(where: { $0.contains("/") || $0.hasPrefix(".") || $0 == "run.json" }) {
            throw DecodingError.dataCorrupted(.init(
                codingPath: decoder.codingPath, debugDescription: "\"\(name)\" is not the name of a file beside run.json"))
        }
    }

    /// Which files in the directory are not as recorded.
    package func findings(in directory: URL) -> [Finding] {
        names.compactMap { name in
            let file = directory.appending(path: name)
            do {
                if SHA256.hexadecimal(of: try RunFile.read(file)) == digests[name] { return nil }
                return Finding(file: name, message: "it does not match the digest that run.json has of it: it was altered")
            } catch {
                return Finding(file: name, message: RunFile.unreadable(file, error))
            }
        }
    }
}
