/// The bytes of a file or of an archive's entry, front to back, unpacked on the way.
///
/// A header says how many bytes must follow, but headers of hostile files lie. So bytes are requested in pieces, and memory
/// grows with what has really arrived, never with what was only promised.
protocol ByteStream: ~Copyable {
    /// What error messages call it: a path, and the entry within it.
    var name: String { get }

    /// Up to `count` further bytes; fewer only at the end.
    mutating func read(upTo count: Int) throws(DatasetError) -> [UInt8]
}

extension ByteStream where Self: ~Copyable {
    /// How many bytes are asked for at a time.
    static var pieceSize: Int { 4 << 20 }

    /// The next `count` bytes, which are the file's `part`.
    ///
    /// - Parameters:
    ///   - before: How many bytes of it have been read already.
    ///   - total: How many it has in all; nil for no more than these.
    mutating func read(
        exactly count: Int, for part: String, after before: Int = 0, of total: Int? = nil
    ) throws(DatasetError) -> [UInt8] {
        if count > Self.pieceSize { try MemoryShare.require(count, of: 1, for: part, in: name) }
        var bytes = try read(upTo: min(count, Self.pieceSize))
        // Not earlier: bytes that are only promised must not take memory.
        if bytes.count == Self.pieceSize { bytes.reserveCapacity(count) }
        while bytes.count < count {
            let more = try read(upTo: min(count - bytes.count, Self.pieceSize))
            if more.isEmpty {
                throw DatasetError(.malformed, """
                    \(name): \(total ?? count) bytes of \(part) are promised but the file ends after \
                    \(before + bytes.count). It is truncated or altered: get it again.
                    """)
            }
            bytes += more
        }
        return bytes
    }

    /// Requires that nothing follows; this also checks the checksum of a packed stream.
    mutating func expectEnd() throws(DatasetError) {
        guard try read(upTo: 1).isEmpty else {
            throw DatasetError(.malformed, """
                \(name): there are more bytes than the header announces. The file is altered or not what its name says.
                """)
        }
    }
}

/// The product of extents, or nil when it does not fit an `Int`.
func elementCount(of shape: [Int]) -> Int? {
    var product = 1
    for extent in shape {
        let (next, overflow) = product.multipliedReportingOverflow(by: extent)
        if overflow { return nil }
        product = next
    }
    return product
}
