import Foundation

/// Which step of writing a file the operating system refused, and why.
package struct DurableFileError: Error {
    /// What was tried, as in "write it".
    package let action: String
    /// The value of `errno`.
    package let code: Int32

    /// The operating system's words.
    package var reason: String { String(cString: strerror(code)) }
}

extension Data {
    /// Writes a whole file so that at any moment either the old content or the new one is there.
    package func replaceFile(at url: URL) throws(DurableFileError) {
        let temporary = url.appendingPathExtension("new")
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DurableFileError(action: "write it", code: errno) }
        let failure = write(to: descriptor, at: 0)
        close(descriptor)
        if let failure {
            unlink(temporary.path)
            throw DurableFileError(action: "write it", code: failure)
        }
        guard rename(temporary.path, url.path) == 0 else { throw DurableFileError(action: "put it in place", code: errno) }
        Self.synchroniseDirectory(of: url)
    }

    /// Writes all bytes and waits until they are on disk.
    ///
    /// - Returns: nil, or the `errno` of what failed.
    package func write(to descriptor: Int32, at start: off_t) -> Int32? {
        var position = start
        return withUnsafeBytes { bytes -> Int32? in
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                let written = pwrite(descriptor, piece.baseAddress, piece.count, position)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                position += off_t(written)
                rest = rest.dropFirst(written)
            }
            return fsync(descriptor) == 0 ? nil : errno
        }
    }

    /// Makes the entry of a file in its directory durable. Some file systems don't offer it; then there is nothing to do.
    private static func synchroniseDirectory(of url: URL) {
        let descriptor = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
