import Foundation

/// Reads tar archives (POSIX ustar), plain or gzip, as far as unpacking published data sets requires.
enum Tar {
    private static let blockSize = 512
    private static let mostBytes = 1 << 30

    /// Unpacks the files `folder/name` for the given names, as `target/name`, and skips everything else.
    ///
    /// Nothing is written under a name that the archive chose, so it cannot write elsewhere.
    static func extract(
        _ names: [String], of folder: String, from archive: URL, into target: URL
    ) throws(DatasetError) {
        var stream = try FileStream(archive)
        while let member = try nextHeader(&stream) {
            var path = member.path
            if path.hasPrefix("./") { path.removeFirst(2) }
            let wanted = names.first { path == "\(folder)/\($0)" && member.isFile }
            let output = wanted.map { target.appendingPathComponent($0) }
            try copy(member.size, from: &stream, to: output)
        }
        // Reads to the very end, where gzip's checksum is.
        while try !stream.read(upTo: 1 << 20).isEmpty {}
    }

    private static func nextHeader(
        _ stream: inout FileStream
    ) throws(DatasetError) -> (path: String, size: Int, isFile: Bool)? {
        let block = try stream.read(exactly: blockSize, for: "tar header")
        // An empty block ends the archive.
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        guard let checksum = octal(block[148..<156]), checksum == sum, let size = octal(block[124..<136]),
              size <= mostBytes else {
            throw DatasetError(.malformed, """
                \(stream.name): a tar header is damaged. The archive is altered: get it again.
                """)
        }
        let prefix = text(block[345..<500])
        let name = text(block[0..<100])
        return (prefix.isEmpty ? name : "\(prefix)/\(name)", size, block[156] == 0 || block[156] == UInt8(ascii: "0"))
    }

    private static func copy(
        _ size: Int, from stream: inout FileStream, to output: URL?
    ) throws(DatasetError) {
        // Exclusively: nothing is unpacked into an existing file or through a link.
        let disk = output.flatMap { fopen($0.path, "wbx") }
        if let output, disk == nil { throw .inaccessible(output, "write it", String(cString: strerror(errno))) }
        defer { if let disk { fclose(disk) } }
        var left = size
        while left > 0 {
            let piece = try stream.read(exactly: min(left, 1 << 20), for: "a tar member")
            left -= piece.count
            guard let output, let disk else { continue }
            guard fwrite(piece, 1, piece.count, disk) == piece.count else {
                throw .inaccessible(output, "write it", String(cString: strerror(errno)))
            }
        }
        if let output, let disk, fflush(disk) != 0 {
            throw .inaccessible(output, "write it", String(cString: strerror(errno)))
        }
        _ = try stream.read(exactly: (blockSize - size % blockSize) % blockSize, for: "tar padding")
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = text(field).trimmingCharacters(in: .whitespaces)
        return Int(digits, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
