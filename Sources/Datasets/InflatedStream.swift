import CSuretyZlib

/// Bytes that lie packed in memory, unpacked by zlib as they are read.
struct InflatedStream: ~Copyable, ByteStream {
    let name: String
    private let packed: [UInt8]
    /// The position that zlib reads next.
    private var position = 0
    private let state: UnsafeMutablePointer<z_stream>
    private var isAtEnd = false

    init(_ packed: [UInt8], name: String) throws(DatasetError) {
        (self.name, self.packed) = (name, packed)
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        guard inflateInit_(state, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DatasetError(.inaccessible, "\(name): cannot unpack it: zlib does not start. Free some memory.")
        }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
    }

    mutating func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
        guard !isAtEnd, count > 0 else { return [] }
        var status = Z_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // For zlib, its length is an unsigned int, like that of the packed bytes.
            state.pointee.next_out = buffer.baseAddress
            state.pointee.avail_out = UInt32(clamping: count)
            while state.pointee.avail_out > 0, status == Z_OK {
                status = packed.withUnsafeBufferPointer { packed in
                    let left = UInt32(clamping: packed.count - position)
                    state.pointee.next_in = UnsafeMutablePointer(mutating: packed.baseAddress.map { $0 + position })
                    state.pointee.avail_in = left
                    defer { position += Int(left - state.pointee.avail_in) }
                    return inflate(state, Z_NO_FLUSH)
                }
            }
            filled = Int(UInt32(clamping: count) - state.pointee.avail_out)
        }
        isAtEnd = status == Z_STREAM_END
        guard status == Z_OK || isAtEnd || (status == Z_BUF_ERROR && !bytes.isEmpty) else {
            throw DatasetError(.malformed, "\(name): cannot unpack it: zlib status \(status). It is truncated or altered: get it again.")
        }
        return bytes
    }
}
