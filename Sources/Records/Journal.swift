import Foundation

/// A file that only grows, line by line. Each line is on disk before `append` returns, and one process writes to the file
/// at a time.
///
/// A write is a line with its line feed. If it fails halfway, or the process dies during it, a torn line without a line feed
/// remains: `append` takes it back, and `keepCompleteLines` cuts it off.
package struct Journal: ~Copyable {
    private let url: URL
    private let descriptor: Int32
    private var length: off_t

    /// Opens the file, creating it if need be, and locks it until the journal is released or the process ends.
    ///
    /// - Throws: `RunError.inUse` when another journal, of this process or another, has the file open;
    ///   `inaccessible` when it is a symbolic link, or the operating system refuses.
    package init(at url: URL) throws(RunError) {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw errno == ELOOP
                ? RunError(.inaccessible, """
                    \(url.path): it is a symbolic link, and links are not written through. Put the file itself there, or give \
                    another output directory.
                    """)
                : .system(url, "open it for writing", errno)
        }
        if let code = lockExclusively(descriptor) {
            close(descriptor)
            throw code == EWOULDBLOCK
                ? RunError(.inUse, """
                    \(url.deletingLastPathComponent().path): another process is writing to this directory. \
                    Wait for it, or give another output directory.
                    """)
                : .system(url, "lock it", code)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .system(url, "look at it", code)
        }
        self.url = url
        self.descriptor = descriptor
        length = status.st_size
    }

    deinit { close(descriptor) }

    /// Cuts a torn line off the end of the file.
    ///
    /// - Parameter contents: the result of `read`.
    package mutating func keepCompleteLines(of contents: Data) throws(RunError) {
        let complete = off_t(contents.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
        if complete < length {
            guard ftruncate(descriptor, complete) == 0, fsync(descriptor) == 0 else {
                throw .system(url, "cut off the torn line at its end", errno)
            }
        }
        length = complete
    }

    /// Cuts off what follows the first `count` bytes.
    package mutating func keep(_ count: Int) throws(RunError) {
        guard off_t(count) < length else { return }
        guard ftruncate(descriptor, off_t(count)) == 0, fsync(descriptor) == 0 else {
            throw .system(url, "cut off its end", errno)
        }
        length = off_t(count)
    }

    /// What is in the file, including a torn line at its end.
    package func read() throws(RunError) -> Data {
        guard let contents = Data.reading(Int(length), of: descriptor, from: 0) else { throw .system(url, "read it", errno) }
        return contents
    }

    /// Adds lines to the end. When this throws, the file holds what it held before.
    package mutating func append(_ lines: Data) throws(RunError) {
        let failure = lines.write(to: descriptor, at: length)
        if let failure {
            // If that fails too, the next start does it.
            _ = ftruncate(descriptor, length)
            throw .system(url, "write a line", failure)
        }
        length += off_t(lines.count)
    }
}

/// Locks an open file or directory, so that no other descriptor of it can be locked. Tries for a second, because a process that
/// has just ended, or one that this process is just starting, holds the lock a moment longer.
///
/// - Returns: nil when it is locked; `EWOULDBLOCK` when somebody else still has the lock; otherwise why the operating system
///   refuses, as file systems without locks do.
package func lockExclusively(_ descriptor: Int32) -> Int32? {
    for _ in 0..<100 {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return nil }
        guard errno == EWOULDBLOCK || errno == EINTR else { return errno }
        usleep(10_000)
    }
    return EWOULDBLOCK
}
