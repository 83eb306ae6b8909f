import Foundation
import SuretyRecords

/// Downloads a published data set into the folder where ``DatasetSource`` looks for it.
///
///     try await DatasetFetch("mnist").run(under: DatasetRoot()) { print($0) }
///
/// Files that are there already are checked, not fetched again. A download that broke off is resumed where it
/// ended. A file appears under its name only when its SHA-256 is the published one.
public struct DatasetFetch: Sendable {
    /// What a running fetch reports.
    public enum Event: Sendable, Equatable {
        /// The file was there, with the right digest.
        case alreadyThere(file: String)
        /// `bytes` of a file of `of` bytes are on disk so far.
        case received(file: String, bytes: Int, of: Int)
        /// The file is complete, checked and in its place.
        case finished(file: String)
    }

    /// The data sets that can be fetched.
    public static let names = ["mnist", "cifar10"]

    /// Where the files go, under the root.
    let folder: String
    let files: [RemoteFile]
    /// A packed file's members, and the folder of the archive in which they lie.
    let members: (folder: String, names: [String])?

    /// - Throws: `DatasetError` when no set of that name can be fetched.
    public init(_ name: String) throws(DatasetError) {
        switch name {
        case "mnist": self.init(files: RemoteFile.mnist, into: "mnist")
        case "cifar10":
            self.init(
                files: [RemoteFile.cifar10], into: "cifar10", unpacking: "cifar-10-batches-bin",
                members: (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin", "batches.meta.txt"])
        default:
            throw DatasetError(.unsupported, """
                There is no data set named '\(name)' to fetch. Those that can be: \(Self.names.joined(separator: ", ")).
                """)
        }
    }

    /// A fetch of files that are kept unchanged.
    public init(files: [RemoteFile], into folder: String) {
        (self.files, self.folder, members) = (files, folder, nil)
    }

    /// A fetch of tar.gz files; only the named members of one folder are kept.
    public init(files: [RemoteFile], into folder: String, unpacking archived: String, members: [String]) {
        (self.files, self.folder, self.members) = (files, folder, (archived, members))
    }

    /// Fetches what is missing.
    ///
    /// - Returns: the folder that holds the set's files.
    /// - Throws: `DatasetError` when no mirror gives the published bytes, or the disk refuses them.
    @discardableResult
    public func run(
        under root: DatasetRoot, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws(DatasetError) -> URL {
        let target = root.url.appendingPathComponent(folder)
        try Self.create(target)
        guard let members else {
            for file in files { try await FileDownload(file, into: target, report: report).run() }
            return target
        }
        let unpacked = target.appendingPathComponent(members.folder)
        if FileManager.default.fileExists(atPath: unpacked.path) {
            try Self.requireAll(members.names, in: unpacked)
            report(.alreadyThere(file: members.folder))
            return unpacked
        }
        let partial = target.appendingPathComponent(members.folder + ".partial")
        try? FileManager.default.removeItem(at: partial)
        try Self.create(partial)
        for file in files {
            try await FileDownload(file, into: target, report: report).run()
            try Tar.extract(
                members.names, of: members.folder, from: target.appendingPathComponent(file.name), into: partial)
        }
        try Self.requireAll(members.names, in: partial)
        try Self.move(partial, to: unpacked)
        for file in files { try? FileManager.default.removeItem(at: target.appendingPathComponent(file.name)) }
        return unpacked
    }

    private static func requireAll(_ names: [String], in folder: URL) throws(DatasetError) {
        let missing = names.filter { !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        guard missing.isEmpty else {
            throw DatasetError(.malformed, """
                \(folder.path) is there, but without \(missing.joined(separator: ", ")). It is not touched: move it \
                away and fetch again.
                """)
        }
    }

    private static func create(_ folder: URL) throws(DatasetError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .inaccessible(folder, "make this folder", error.systemReason)
        }
    }

    static func move(_ source: URL, to target: URL) throws(DatasetError) {
        guard rename(source.path, target.path) == 0 else {
            throw .inaccessible(target, "put it in place", String(cString: strerror(errno)))
        }
    }
}
