import Foundation
import SuretyRecords

/// A folder on a local or network file system.
public struct FolderOnDisk: SharedFolder {
    /// Where it is.
    public let url: URL
    /// Our own file, whose time shows the server's clock; without one, this machine's clock must do.
    private let clock: String?

    /// Makes the folder, if it does not exist.
    ///
    /// - Parameter worker: The worker's name, which no other has.
    /// - Throws: `RunError.inaccessible` where the operating system refuses.
    public init(at url: URL, worker: String) throws(RunError) {
        self.url = url
        clock = "workers/\(worker).clock"
        for folder in ["workers", "claims"] { try url.appending(path: folder).makeRunDirectory() }
    }

    /// A folder that is only read.
    public init(at url: URL) { (self.url, clock) = (url, nil) }

    /// Makes a file that must not exist yet: see `SharedFolder`.
    public func create(_ name: String, _ contents: Data) throws(RunError) -> Bool {
        let file = url.appending(path: name)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw .system(file, "create it", errno)
        }
        defer { close(descriptor) }
        if let failure = contents.write(to: descriptor, at: 0) {
            unlink(file.path)
            throw .system(file, "write it", failure)
        }
        return true
    }

    /// The seconds since a file was made or renewed, by the file server's clock; nil if there is no such file.
    public func age(of name: String) throws(RunError) -> Double? {
        // The file is opened, because NFS then asks the server anew.
        guard let theirs = try modification(of: name, renewing: false) else { return nil }
        guard let clock else { return max(0, Date().timeIntervalSince1970 - theirs) }
        return try modification(of: clock, renewing: true).map { $0 - theirs }
    }

    /// Sets a file's time to now, by the file server's clock. Returns false if there is no such file.
    public func renew(_ name: String) throws(RunError) -> Bool {
        let file = url.appending(path: name)
        // Without a time, the server takes its own.
        guard utimensat(AT_FDCWD, file.path, nil, 0) == 0 else {
            if errno == ENOENT { return false }
            throw .system(file, "renew it", errno)
        }
        return true
    }

    private func modification(of name: String, renewing: Bool) throws(RunError) -> Double? {
        let file = url.appending(path: name)
        let descriptor = open(file.path, renewing ? O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC : O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(file, "open it", errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard !renewing || futimens(descriptor, nil) == 0, fstat(descriptor, &status) == 0 else {
            throw .system(file, "ask for its time", errno)
        }
        return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    }

    /// Removes a file, if it exists.
    public func remove(_ name: String) throws(RunError) {
        let file = url.appending(path: name)
        guard unlink(file.path) == 0 || errno == ENOENT else { throw .system(file, "remove it", errno) }
    }

    /// The names of the files in a folder of the shared one, sorted; empty if the folder is missing.
    public func names(in folder: String) throws(RunError) -> [String] {
        let url = url.appending(path: folder)
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } catch {
            throw RunError(.inaccessible, "\(url.path): cannot list it: \(error.systemReason)")
        }
    }

    /// A file's content from an offset on; empty if there is no such file, or nothing more in it.
    public func read(_ name: String, from offset: Int) throws(RunError) -> Data {
        let file = url.appending(path: name)
        let descriptor = open(file.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return Data() }
            throw .system(file, "read it", errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(file, "look at it", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw RunError(.inaccessible, "\(file.path): it is not a file") }
        guard Int(status.st_size) > offset else { return Data() }
        guard let contents = Data.reading(Int(status.st_size) - offset, of: descriptor, from: off_t(offset)) else {
            throw .system(file, "read it", errno)
        }
        return contents
    }

    /// Adds to the end of a file that only this process writes. It is on disk when this returns.
    public func append(_ name: String, _ contents: Data) throws(RunError) {
        let file = url.appending(path: name)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(file, "open it for writing", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(file, "look at it", errno) }
        if let failure = contents.write(to: descriptor, at: status.st_size) {
            // If taking it back fails too, readers find a torn line at the end and ignore it.
            _ = ftruncate(descriptor, status.st_size)
            throw .system(file, "write a line", failure)
        }
    }
}
