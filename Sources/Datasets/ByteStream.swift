/// The bytes of a file or of an archive's entry, front to back, unpacked on the way.
///
/// A header says how many bytes must follow, and headers of hostile files lie. So bytes are asked for
/// in pieces, and memory grows with what has really arrived, never with what was only promised.
protocol ByteStream: ~Copyable {
    /// What error messages call it: a path, and the entry within it.
    var name: String { get }

    /// Up to `count` further bytes; fewer only at the end.
    mutating func read(upTo count: Int) throws(DatasetError) -> [UInt8]
}

extension ByteStream where Self: ~Copyable {
    /// The most bytes one array may have here: 4 GiB.
    static var mostBytes: Int { 4 << 30 }

    /// The next `count` bytes, which are the file's `part`.
    mutating func read(exactly count: Int, for part: String) throws(DatasetError) -> [UInt8] {
        guard count <= Self.mostBytes else {
            throw DatasetError(.unsupported, """
                \(name): the header promises \(count) bytes of \(part), more than the 4 GiB that are read at most. \
                If the file is sound, split it.
                """)
        }
        let piece = 4 << 20
        var bytes = try read(upTo: min(count, piece))
        while bytes.count < count {
            let more = try read(upTo: min(count - bytes.count, piece))
            if more.isEmpty {
                throw DatasetError(.malformed, """
                    \(name): \(count) bytes of \(part) are promised but the file ends after \(bytes.count). \
                    It is truncated or altered: get it again.
                    """)
            }
            bytes += more
        }
        return bytes
    }

    /// Demands that nothing follows; with it the checksum of a packed stream has been checked.
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
