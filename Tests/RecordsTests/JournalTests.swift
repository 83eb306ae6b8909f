import Foundation
import SuretyRecords
import Testing
import TestSupport

@Suite struct JournalTests {
    @Test func keepsCompleteLinesAndCutsOffATornOne() throws {
        let folder = try TemporaryFolder()
        let cases = [("", ""), ("torn", ""), ("\n", "\n"), ("one\n", "one\n"), ("one\ntwo\nto", "one\ntwo\n")]
        for (there, kept) in cases {
            try Data(there.utf8).write(to: folder.url("file"))
            var journal = try Journal(at: folder.url("file"))
            let contents = try journal.read()
            #expect(contents == Data(there.utf8))
            #expect(try Data(contentsOf: folder.url("file")) == contents)
            try journal.keepCompleteLines(of: contents)
            #expect(try Data(contentsOf: folder.url("file")) == Data(kept.utf8))
            try journal.append(Data("next\n".utf8))
            #expect(try String(contentsOf: folder.url("file"), encoding: .utf8) == kept + "next\n")
        }
    }

    /// Where a link leads, nothing is written or cut off.
    @Test func followsNoLink() throws {
        let folder = try TemporaryFolder()
        try Data("precious".utf8).write(to: folder.url("elsewhere"))
        try FileManager.default.createSymbolicLink(at: folder.url("file"), withDestinationURL: folder.url("elsewhere"))
        let error = #expect(throws: RunError.self) { _ = try Journal(at: folder.url("file")) }
        #expect(error?.reason == .inaccessible && error?.description.contains("symbolic link") == true)
        #expect(try Data(contentsOf: folder.url("elsewhere")) == Data("precious".utf8))
    }

    /// A write that the system cuts short, as a full disk does, is taken back whole. The limit on the size of files stands
    /// in for the disk; it is set so high that only a file with a hole in it reaches it.
    @Test func takesBackALineThatDoesNotFit() throws {
        let folder = try TemporaryFolder()
        let size = 1 << 36
        try Data().write(to: folder.url("file"))
        #expect(truncate(folder.url("file").path, off_t(size)) == 0)
        var journal = try Journal(at: folder.url("file"))

        let limit = try FileSizeLimit(size + 10)
        let error = #expect(throws: RunError.self) { try journal.append(Data("a line longer than ten\n".utf8)) }
        #expect(error?.reason == .outOfSpace)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.url("file").path)
        #expect(attributes[.size] as? Int == size)
        try journal.append(Data("short\n".utf8))
        withExtendedLifetime(limit) {}
    }
}

/// Limits the size of files that this process writes, as long as the value lives.
private final class FileSizeLimit {
    private var before = rlimit()

    init(_ size: Int) throws {
        signal(SIGXFSZ, SIG_IGN)
        #if os(Linux)
        let resource = __rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue))
        #else
        let resource = RLIMIT_FSIZE
        #endif
        var limit = rlimit()
        try #require(getrlimit(resource, &limit) == 0)
        before = limit
        limit.rlim_cur = rlim_t(size)
        try #require(setrlimit(resource, &limit) == 0)
    }

    deinit {
        #if os(Linux)
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &before)
        #else
        setrlimit(RLIMIT_FSIZE, &before)
        #endif
    }
}
