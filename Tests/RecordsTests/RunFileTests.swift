import Foundation
import SuretyRecords
import Testing
import TestSupport

@Suite struct RunFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func filesLieInTheDirectory() {
        #expect(RunFile.record(in: folder.root).path == folder("run.json"))
        #expect(RunFile.lines(of: Tally.self, in: folder.root).path == folder("tallies.jsonl"))
        #expect(RunFile.setAside(of: Tally.self, in: folder.root).path == folder("unfinished-tallies.jsonl"))
    }

    @Test func readsTheMethod() throws {
        #expect(try RunFile.method(in: folder.root) == nil)
        try folder.write(Tally.record().fileContents(), to: "run.json")
        #expect(try RunFile.method(in: folder.root) == "count")
        for (content, words) in [
            ("{}", "method is missing"), (#"{"method":1}"#, "method is not of type String"), ("count", "this is not JSON"),
        ] {
            try folder.write(Data(content.utf8), to: "run.json")
            let error = #expect(throws: RunError.self) { try RunFile.method(in: folder.root) }
            #expect(error?.reason == .damagedRecord && error?.description.contains("run.json: \(words)") == true)
        }
    }

    /// Nothing but a file is read: a device or a pipe would never end.
    @Test func readsOnlyFiles() throws {
        try folder.write([1, 0, 2], to: "file")
        #expect(try RunFile.read(folder.url("file")) == Data([1, 0, 2]))
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        try FileManager.default.createSymbolicLink(atPath: folder("device"), withDestinationPath: "/dev/zero")
        for (place, words) in [
            (folder.url("pipe"), "it is not a file"), (folder.url("device"), "it is not a file"),
            (folder.root, "it is not a file"),
            (folder.url("none"), "No such file or directory. Give the output directory of a run"),
            (folder.url("file/none"), "Not a directory"),
        ] {
            let error = #expect(throws: RunError.self) { try RunFile.read(place) }
            #expect(error?.reason == .inaccessible && error?.description.contains("\(place.path): \(words)") == true, "\(place)")
        }
    }

    /// A folder that workers share is no run yet, and the message says how to make one of it.
    @Test func pointsToTheMergeOfASharedFolder() throws {
        #expect(!RunFile.isShared(folder.root))
        try folder.write([], to: RunFile.agreement)
        #expect(RunFile.isShared(folder.root))
        let error = #expect(throws: RunError.self) { try RunFile.read(folder.url("run.json")) }
        #expect(error?.reason == .inaccessible && error?.description.contains("`surety merge`") == true)
    }

    @Test func saysWhyAFileCannotBeRead() throws {
        func words(_ name: String) -> String {
            do {
                _ = try JSONDecoder().decode([String: Int].self, from: RunFile.read(folder.url(name)))
                return "it can be read"
            } catch {
                return RunFile.unreadable(folder.url(name), error)
            }
        }
        try folder.write(Data(#"{"a":"b"}"#.utf8), to: "text")
        try FileManager.default.createSymbolicLink(atPath: folder("device"), withDestinationPath: "/dev/zero")
        #expect(words("none") == "the file is missing")
        #expect(words("device") == "\(folder("device")): it is not a file")
        #expect(words("text") == "it cannot be read: a is not of type Int")
    }

    @Test func onlyAFileIsEmpty() throws {
        try folder.write([], to: "empty")
        try folder.write([10], to: "full")
        #expect(folder.url("empty").isEmptyFile && !folder.url("full").isEmptyFile && !folder.url("none").isEmptyFile)
    }

    @Test func makesDirectories() throws {
        for _ in 0..<2 { try folder.url("a/b").makeRunDirectory() }
        #expect(folder.has("a/b"))
        try folder.write([1], to: "file")
        for name in ["file", "file/inside"] {
            let error = #expect(throws: RunError.self) { try folder.url(name).makeRunDirectory() }
            #expect(error?.reason == .inaccessible)
            #expect(error?.description.contains("\(folder(name)): cannot create the directory") == true)
        }
        #expect(folder.contents(of: "file") == Data([1]))
    }

    @Test func saysWhatItCannotWrite() {
        let error = #expect(throws: RunError.self) { try Data([1]).replaceRunFile(at: folder.url("none/file")) }
        #expect(error?.reason == .inaccessible)
        #expect(error?.description.contains("\(folder("none/file")): cannot write it: No such file or directory") == true)
    }

    @Test(arguments: [
        ("", []), ("torn", []), ("\n", [""]), ("one\n", ["one"]), ("one\ntwo", ["one"]), ("\n\none\n\n", ["", "", "one", ""]),
        ("one\r\ntwo\n", ["one\r", "two"]),
    ] as [(String, [String])])
    func aLineEndsWithALineFeed(text: String, lines: [String]) {
        #expect(Data(text.utf8).completeLines == lines.map { Data($0.utf8) })
        // Also where the bytes are a part of others.
        #expect((Data("before".utf8) + Data(text.utf8)).dropFirst(6).completeLines == lines.map { Data($0.utf8) })
    }
}
