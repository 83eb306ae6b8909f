import CSuretyZip
import Foundation
import SuretyRecords

/// A zip archive opened for reading, through libzip.
package final class ZipArchive {
    let file: URL
    fileprivate let handle: OpaquePointer

    init(_ file: URL) throws(DatasetError) {
        guard FileManager.default.fileExists(atPath: file.path) else { throw .missing(file) }
        var code: Int32 = 0
        guard let handle = zip_open(file.path, ZIP_RDONLY, &code) else {
            throw DatasetError(.malformed, """
                \(file.path): cannot open it as a zip archive: \(Self.words(for: code)). It is truncated, altered or \
                another kind of file: get it again.
                """)
        }
        self.file = file
        self.handle = handle
    }

    deinit { zip_discard(handle) }

    /// The names of all entries, in the archive's order.
    var names: [String] {
        (0..<max(0, zip_get_num_entries(handle, 0))).compactMap { index in
            zip_get_name(handle, zip_uint64_t(index), 0).map { String(cString: $0) }
        }
    }

    func entry(_ name: String) throws(DatasetError) -> ZipEntry {
        guard let entry = zip_fopen(handle, name, 0) else {
            throw DatasetError(.malformed, """
                \(file.path): cannot read the entry \(name): \(String(cString: zip_strerror(handle))). \
                It holds \(names.isEmpty ? "no entries" : names.prefix(20).joined(separator: ", ")).
                """)
        }
        return ZipEntry(name: "\(file.path), entry \(name)", archive: self, handle: entry)
    }

    fileprivate static func words(for code: Int32) -> String {
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        return String(cString: zip_error_strerror(&error))
    }
}

/// An entry of a zip archive, unpacked as it is read; libzip checks its checksum at the end.
struct ZipEntry: ~Copyable, ByteStream {
    let name: String
    /// Kept because libzip's entry handles live no longer than their archive.
    private let archive: ZipArchive
    private let handle: OpaquePointer

    fileprivate init(name: String, archive: ZipArchive, handle: OpaquePointer) {
        self.name = name
        self.archive = archive
        self.handle = handle
    }

    deinit { zip_fclose(handle) }

    mutating func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
        var bytes: [UInt8] = []
        // libzip may return less than asked for before the end.
        while bytes.count < count {
            var got: zip_int64_t = 0
            let wanted = count - bytes.count
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                got = buffer.baseAddress.map { zip_fread(handle, $0, zip_uint64_t(wanted)) } ?? 0
                filled = max(0, Int(got))
            }
            guard got >= 0 else {
                throw DatasetError(.malformed, """
                    \(name): cannot unpack it: \(String(cString: zip_file_strerror(handle))). \
                    It is truncated or altered: get it again.
                    """)
            }
            if got == 0 { break }
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
        }
        return bytes
    }
}

extension ZipArchive {
    /// Writes an archive of deflated entries, which appears under its name only when it is complete.
    package static func write(_ entries: [(name: String, bytes: [UInt8])], to file: URL) throws(DatasetError) {
        let contents = try packed(entries, for: file)
        do {
            try contents.replaceFile(at: file)
        } catch {
            throw .inaccessible(file, error.action, error.reason)
        }
    }

    /// The bytes of the archive. libzip makes it in memory: if it wrote a file and were killed, it would leave the file behind.
    private static func packed(
        _ entries: [(name: String, bytes: [UInt8])], for file: URL
    ) throws(DatasetError) -> Data {
        var error = zip_error_t()
        defer { zip_error_fini(&error) }
        guard let buffer = zip_source_buffer_create(nil, 0, 0, &error) else {
            throw .inaccessible(file, "write it", String(cString: zip_error_strerror(&error)))
        }
        defer { zip_source_free(buffer) }
        // Closing the archive releases one reference to the buffer; the other is for reading it.
        zip_source_keep(buffer)
        guard let handle = zip_open_from_source(buffer, ZIP_TRUNCATE, &error) else {
            zip_source_free(buffer)
            throw .inaccessible(file, "write it", String(cString: zip_error_strerror(&error)))
        }
        for entry in entries {
            guard add(entry.bytes, as: entry.name, to: handle) else {
                let cause = String(cString: zip_strerror(handle))
                zip_discard(handle)
                throw .inaccessible(file, "add \(entry.name)", cause)
            }
        }
        guard zip_close(handle) == 0 else {
            let cause = String(cString: zip_strerror(handle))
            zip_discard(handle)
            throw .inaccessible(file, "write it", cause)
        }
        guard zip_source_open(buffer) == 0, zip_source_seek(buffer, 0, SEEK_END) == 0 else {
            throw .inaccessible(file, "write it", String(cString: zip_error_strerror(zip_source_error(buffer))))
        }
        defer { zip_source_close(buffer) }
        var contents = Data(count: Int(zip_source_tell(buffer)))
        zip_source_seek(buffer, 0, SEEK_SET)
        let read = contents.withUnsafeMutableBytes { zip_source_read(buffer, $0.baseAddress, zip_uint64_t($0.count)) }
        guard Int(read) == contents.count else {
            throw .inaccessible(file, "write it", String(cString: zip_error_strerror(zip_source_error(buffer))))
        }
        return contents
    }

    private static func add(_ bytes: [UInt8], as name: String, to archive: OpaquePointer) -> Bool {
        // libzip reads the bytes when it closes the archive, and then frees them.
        guard let copy = malloc(max(bytes.count, 1)) else { return false }
        bytes.withUnsafeBytes { if let start = $0.baseAddress { memcpy(copy, start, bytes.count) } }
        guard let source = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1) else {
            free(copy)
            return false
        }
        let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_OVERWRITE))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        // A fixed date, so that equal contents make equal files: 2 January 1980, the first in every time zone.
        return zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_DEFLATE, 6) == 0
            && zip_file_set_mtime(archive, zip_uint64_t(index), 315_619_200, 0) == 0
    }
}
