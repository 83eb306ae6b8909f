import Foundation

/// A record with the digest of its canonical JSON, as it is written.
package struct SealedRecord<Record: Encodable>: Encodable {
    private let record: Record
    private let digest: String

    private enum Key: String, CodingKey { case digest }

    /// - Throws: `EncodingError` for a number that is not finite.
    package init(_ record: Record) throws {
        self.record = record
        digest = SHA256.hexadecimal(of: try CanonicalJSON.data(record))
    }

    package func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(digest, forKey: .digest)
    }

    /// The bytes of the file.
    package func fileContents() throws -> Data { CanonicalJSON.indented(try CanonicalJSON.data(self)) }
}
