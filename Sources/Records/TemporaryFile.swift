import Foundation

/// A new file under a random name, `.surety-` and 16 hexadecimal digits, held open and locked while it is written.
///
/// The lock distinguishes a file that is being written from one whose writer was killed: it ends with the process.
struct TemporaryFile: ~Copyable {
    let path: String
    let descriptor: Int32

    private static let prefix = ".surety-"

    /// - Throws: `DurableFileError` when the operating system refuses.
    init(in folder: URL) throws(DurableFileError) {
        while true {
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            let name = Self.prefix + String(repeating: "0", count: 16 - digits.count) + digits
            let path = folder.appendingPathComponent(name).path
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                throw DurableFileError(action: "write it", code: errno)
            }
            // Between these two lines, another process may have mistaken the file for a leftover.
            flock(descriptor, LOCK_EX)
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_nlink > 0 {
                (self.path, self.descriptor) = (path, descriptor)
                return
            }
            close(descriptor)
        }
    }

    deinit { close(descriptor) }

    /// Removes the files of writers that no longer run.
    static func removeLeftovers(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where isName(name) {
            let path = folder.appendingPathComponent(name).path
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                unlink(path)
            }
            close(descriptor)
        }
    }

    private static func isName(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 16
            && name.utf8.dropFirst(prefix.utf8.count).allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
