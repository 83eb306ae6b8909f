import CSuretyZlib
import Foundation

/// A file read through zlib: gzip is unpacked and its checksum is checked; anything else is passed through unchanged.
struct FileStream: ~Copyable, ByteStream {
    let name: String
    private let file: gzFile

    init(_ url: URL) throws(DatasetError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { throw .missing(url) }
        guard !isFolder.boolValue else {
            throw DatasetError(.inaccessible, "\(url.path) is a folder, not a file. Name the file itself.")
        }
        guard let file = gzopen(url.path, "rb") else {
            throw .inaccessible(url, "open it", String(cString: strerror(errno)))
        }
        gzbuffer(file, 1 << 17)
        self.name = url.path
        self.file = file
    }

    deinit { gzclose_r(file) }

    mutating func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
        var got: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            got = gzread(file, buffer.baseAddress, UInt32(clamping: count))
            filled = max(0, Int(got))
        }
        guard got < count else { return bytes }
        // A short read means the end of the file, or of what zlib could decode.
        var status: Int32 = 0
        let words = gzerror(file, &status).map { String(cString: $0) } ?? ""
        guard got >= 0, status == Z_OK || status == Z_STREAM_END else {
            throw DatasetError(.malformed, """
                \(name): cannot unpack it: \(words.isEmpty ? "zlib status \(status)" : words). \
                It is truncated or altered: get it again.
                """)
        }
        return bytes
    }
}
