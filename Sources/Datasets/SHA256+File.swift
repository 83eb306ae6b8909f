import Foundation
import SuretyRecords

extension SHA256 {
    /// The digest of a file, read in pieces of one mebibyte.
    ///
    /// - Throws: `DatasetError` when the file is missing or cannot be read.
    public static func hexadecimal(ofFileAt url: URL) throws(DatasetError) -> String {
        guard let file = fopen(url.path, "rb") else {
            throw errno == ENOENT ? .missing(url) : .inaccessible(url, "read it", String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var digest = Digest()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = piece.withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
            if count == 0 { break }
            piece.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        guard ferror(file) == 0 else {
            throw .inaccessible(url, "read it", String(cString: strerror(errno)))
        }
        return digest.hexadecimal()
    }
}
