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
    ///
    /// The new content is written beside the file, to a new file with an unpredictable name. No link is followed, neither
    /// there nor at `url`, where a link is replaced. Leftover files of processes that were killed at this step are removed.
    package func replaceFile(at url: URL) throws(DurableFileError) {
        let folder = url.deletingLastPathComponent()
        try Self.requireReplaceable(url)
        TemporaryFile.removeLeftovers(in: folder)
        let temporary = try TemporaryFile(in: folder)
        if let failure = write(to: temporary.descriptor, at: 0) {
            unlink(temporary.path)
            throw DurableFileError(action: "write it", code: failure)
        }
        guard rename(temporary.path, url.path) == 0 else {
            let code = errno
            unlink(temporary.path)
            throw DurableFileError(action: "put it in place", code: code)
        }
        Self.synchroniseDirectory(of: url)
    }

    /// Refuses a device or a pipe, which would be replaced.
    private static func requireReplaceable(_ url: URL) throws(DurableFileError) {
        var status = stat()
        guard lstat(url.path, &status) == 0, ![S_IFREG, S_IFLNK, S_IFDIR].contains(status.st_mode & S_IFMT) else { return }
        throw DurableFileError(action: "put a file in place of what is there", code: EEXIST)
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

    /// Reads these bytes of a file, or as many of them as there are.
    ///
    /// - Returns: nil if reading fails; `errno` says why.
    package static func reading(_ count: Int, of descriptor: Int32, from start: off_t) -> Data? {
        var contents = Data(count: count), position = 0
        while position < count {
            let found = contents.withUnsafeMutableBytes { bytes in
                pread(descriptor, bytes.baseAddress?.advanced(by: position), count - position, start + off_t(position))
            }
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else { return nil }
            if found == 0 { break }
            position += found
        }
        return contents.prefix(position)
    }

    /// Makes the entry of a file in its directory durable. Some file systems don't offer it; then there is nothing to do.
    private static func synchroniseDirectory(of url: URL) {
        let descriptor = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
