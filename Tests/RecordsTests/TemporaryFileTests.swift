import Foundation
import SuretyRecords
import Testing
import TestSupport

/// The files beside those that are written: what one writer removes of another.
@Suite struct TemporaryFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writeSomething() throws { try Data("content".utf8).replaceFile(at: folder.url("file")) }

    @Test func leftoversAreRemoved() throws {
        for name in [".surety-0123456789abcdef", ".surety-0000000000000000"] { try folder.write([1, 2, 3], to: name) }
        try writeSomething()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root.path) == ["file"])
    }

    /// A file whose name only resembles ours may be anyone's.
    @Test func otherFilesStay() throws {
        let names = [
            ".surety-", ".surety-0123456789abcde", ".surety-0123456789abcdef0", ".surety-0123456789abcdeg",
            "surety-0123456789abcdef", ".surety_0123456789abcdef", ".surety-0123456789abcdef.txt", ".surety-0123456789ABCDEF",
            // A digit of full width, which takes three bytes.
            ".surety-0123456789abc\u{FF10}",
        ]
        for name in names { try folder.write([1], to: name) }
        try writeSomething()
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.root.path)) == Set(names + ["file"]))
    }

    /// Under our names there may be what we never make: it stays, and is not waited for.
    @Test func whatIsNoFileStays() throws {
        let precious = try folder.write([7], to: "elsewhere/precious")
        let names = ["1", "2", "3"].map { ".surety-000000000000000\($0)" }
        try FileManager.default.createDirectory(at: folder.url(names[0]), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(at: folder.url(names[1]), withDestinationURL: precious)
        #expect(mkfifo(folder(names[2]), 0o600) == 0)
        try writeSomething()
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.root.path)) == Set(names + ["file", "elsewhere"]))
        #expect(try Data(contentsOf: precious) == Data([7]))
    }

    /// The lock tells a file that is being written from one whose writer is gone.
    @Test func whatIsBeingWrittenStays() throws {
        let name = ".surety-00000000000000aa"
        try folder.write([1], to: name)
        let writer = open(folder(name), O_WRONLY | O_CLOEXEC)
        #expect(writer >= 0 && flock(writer, LOCK_EX | LOCK_NB) == 0)
        try writeSomething()
        #expect(folder.has(name))
        close(writer)
        try writeSomething()
        #expect(!folder.has(name) && folder.contents(of: "file") == Data("content".utf8))
    }
}
