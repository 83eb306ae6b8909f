import Foundation
import SuretyDatasets
import SuretyRecords
import Testing
import TestSupport

@Suite struct DurableFileTests {
    @Test func replacesTheWholeFile() throws {
        let folder = try TemporaryFolder()
        let file = folder.url("file")
        for content in ["first, and longer", "second", ""] {
            try Data(content.utf8).replaceFile(at: file)
            #expect(try Data(contentsOf: file) == Data(content.utf8))
        }
        #expect(try names(in: folder) == ["file"])
    }

    /// Whatever lies in the folder under whatever name, nothing outside it is written.
    @Test func followsNoLink() throws {
        let folder = try TemporaryFolder()
        let outside = try folder.write(Array("precious".utf8), to: "outside/file")
        for name in ["run.json", "run.json.new", "run.json.tmp", ".run.json", ".surety-0123456789abcdef"] {
            let link = try folder.write([], to: "in/\(name)")
            try FileManager.default.removeItem(at: link)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: outside)
        }
        let file = folder.url("in/run.json")
        try Data("new".utf8).replaceFile(at: file)
        #expect(try Data(contentsOf: outside) == Data("precious".utf8))
        // The link was replaced by the file.
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType == .typeRegular)
        #expect(try Data(contentsOf: file) == Data("new".utf8))
    }

    /// A device must not be replaced like a file.
    @Test func refusesWhatIsNoFile() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.url("pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        for place in [pipe, URL(fileURLWithPath: "/dev/null")] {
            #expect(throws: DurableFileError.self) { try Data([1]).replaceFile(at: place) }
        }
        #expect(throws: DurableFileError.self) { try Data([1]).replaceFile(at: folder.root) }
        #expect(throws: DurableFileError.self) { try Data([1]).replaceFile(at: folder.url("nowhere/file")) }
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        #expect(try names(in: folder) == ["pipe"])
    }

    /// A process killed in the middle of writing leaves the old content, and a leftover that the next writing removes.
    @Test func aKilledWriterLeavesTheOldFileAndLittleElse() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url("file")
        try Data("old".utf8).replaceFile(at: file)
        await #expect(processExitsWith: .signal(SIGXFSZ)) { [path = file.path as String] in
            // The system kills it when the file grows beyond a thousand bytes.
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            #if os(Linux)
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            #else
            setrlimit(RLIMIT_FSIZE, &limit)
            #endif
            signal(SIGXFSZ, SIG_DFL)
            // Threads of queues block signals.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGXFSZ)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            try Data(repeating: 7, count: 2000).replaceFile(at: URL(fileURLWithPath: path))
        }
        #expect(try Data(contentsOf: file) == Data("old".utf8))
        #expect(try names(in: folder).count == 2, "the leftover is what this is about")
        try Data("new".utf8).replaceFile(at: file)
        #expect(try Data(contentsOf: file) == Data("new".utf8))
        #expect(try names(in: folder) == ["file"])
    }

    /// Writers that are at work do not take one another's files for leftovers.
    @Test func writersLeaveOneAnotherAlone() async throws {
        let folder = try TemporaryFolder()
        let root = folder.root
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for round in 0..<50 {
                        let content = Data(repeating: UInt8(writer), count: 10_000 + round)
                        try content.replaceFile(at: root.appendingPathComponent("file \(writer % 2)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try names(in: folder) == ["file 0", "file 1"])
        for name in ["file 0", "file 1"] {
            let content = try Data(contentsOf: folder.url(name))
            #expect(content.count >= 10_000 && Set(content).count == 1)
        }
    }

    private func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.root.path).sorted()
    }
}
