import Foundation
import SuretyDatasets
import SuretyRecords
import Synchronization
import Testing
import TestSupport

/// Against a server on this machine that behaves well, and badly in every way met in practice.
@Suite struct DatasetFetchTests {
    private static let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }

    @Test func fetchesAFileOnce() async throws {
        let server = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        let events = Mutex<[DatasetFetch.Event]>([])
        let place = try await fetch(from: [server], into: folder) { event in events.withLock { $0.append(event) } }
        #expect(place.path == folder.url("set").path)
        #expect(bytes(folder) == Self.content)
        #expect(partial(folder) == nil)
        events.withLock { events in
            #expect(events.last == .finished(file: "file"))
            #expect(events.dropLast().last == .received(file: "file", bytes: 3_000_000, of: 3_000_000))
            events = []
        }
        try await fetch(from: [server], into: folder) { event in events.withLock { $0.append(event) } }
        #expect(events.withLock { $0 } == [.alreadyThere(file: "file")])
        #expect(server.requests.count == 1)
    }

    @Test func resumesWhatIsThere() async throws {
        let server = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        try folder.write(Array(Self.content.prefix(1_234_567)), to: "set/file.partial")
        try await fetch(from: [server], into: folder)
        #expect(bytes(folder) == Self.content)
        #expect(server.requests.map(\.start) == [1_234_567])
    }

    @Test func goesOnWhenTheConnectionDrops() async throws {
        let server = try LocalServer { request in
            var reply = LocalServer.file(Self.content, for: request)
            reply.cut = 1_000_000
            return reply
        }
        let folder = try TemporaryFolder()
        try await fetch(from: [server], into: folder)
        #expect(bytes(folder) == Self.content)
        #expect(server.requests.map { $0.start ?? 0 } == [0, 1_000_000, 2_000_000])
    }

    @Test func keepsWhatCameFromAServerThatDies() async throws {
        let server = try LocalServer { request in
            var reply = LocalServer.file(Self.content, for: request)
            reply.cut = request.start == nil ? 500_000 : 0
            return reply
        }
        let folder = try TemporaryFolder()
        let error = await #expect(throws: DatasetError.self) { try await fetch(from: [server], into: folder) }
        #expect(error?.reason == .download)
        #expect(partial(folder) == Array(Self.content.prefix(500_000)))
        #expect(bytes(folder) == nil)
    }

    @Test func startsAnewWhereRangesAreIgnored() async throws {
        let server = try LocalServer { _ in LocalServer.Reply(body: Self.content) }
        let folder = try TemporaryFolder()
        try folder.write([1, 2, 3], to: "set/file.partial")
        try await fetch(from: [server], into: folder)
        #expect(bytes(folder) == Self.content)
        #expect(server.requests.map(\.start) == [3])
    }

    @Test func startsAnewWhenWhatWasThereWasWrong() async throws {
        let server = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 7, count: 1000), to: "set/file.partial")
        try await fetch(from: [server], into: folder)
        #expect(bytes(folder) == Self.content)
        #expect(server.requests.map(\.start) == [1000, nil])
    }

    @Test func refusesWrongBytes() async throws {
        var altered = Self.content
        altered[2_000_000] ^= 1
        let wrong = altered
        let server = try LocalServer { LocalServer.file(wrong, for: $0) }
        let folder = try TemporaryFolder()
        let error = await #expect(throws: DatasetError.self) { try await fetch(from: [server], into: folder) }
        #expect(error?.reason == .download)
        for words in ["SHA-256", "127.0.0.1:\(server.port)", SHA256.hexadecimal(of: wrong), folder.url("set").path] {
            #expect(error?.description.contains(words) == true)
        }
        #expect(bytes(folder) == nil)
        #expect(partial(folder) == nil)
    }

    enum Flaw: String, CaseIterable {
        case lacksIt, isOverloaded, sendsMore, sendsLess, sendsAnother, sendsAnotherPart

        var reply: LocalServer.Reply {
            switch self {
            case .lacksIt: LocalServer.Reply(status: 404, body: Array("not here".utf8))
            case .isOverloaded: LocalServer.Reply(status: 503)
            case .sendsMore: LocalServer.Reply(body: content + [1])
            case .sendsLess: LocalServer.Reply(body: content.dropLast())
            case .sendsAnother: LocalServer.Reply(body: content.reversed())
            case .sendsAnotherPart:
                LocalServer.Reply(status: 206, headers: ["Content-Range": "bytes 5-9/10"], body: [1, 2, 3, 4, 5])
            }
        }

        /// What the message says of it.
        var words: String {
            switch self {
            case .lacksIt: "404"
            case .isOverloaded: "503"
            case .sendsMore: "more than the 3000000"
            case .sendsLess: "2999999"
            case .sendsAnother: "SHA-256"
            case .sendsAnotherPart: "bytes 5-9/10"
            }
        }
    }

    @Test(arguments: Flaw.allCases)
    func turnsToTheNextMirror(whenTheFirst flaw: Flaw) async throws {
        let bad = try LocalServer { _ in flaw.reply }
        let good = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        try await fetch(from: [bad, good], into: folder)
        #expect(bytes(folder) == Self.content)

        let alone = try TemporaryFolder()
        let error = await #expect(throws: DatasetError.self) { try await fetch(from: [bad], into: alone) }
        #expect(error?.description.contains(flaw.words) == true, "\(error?.description ?? "")")
        #expect(bytes(alone) == nil)
    }

    @Test func turnsFromADeadMirror() async throws {
        // Port 1 is reserved, and nothing listens on it.
        let dead = try #require(URL(string: "http://127.0.0.1:1/file"))
        let good = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        let file = remote([dead, try good.url("file")])
        try await DatasetFetch(files: [file], into: "set").run(under: DatasetRoot(folder.root.path))
        #expect(bytes(folder) == Self.content)
    }

    @Test func leavesAnotherFileOfThatNameAlone() async throws {
        let server = try LocalServer { LocalServer.file(Self.content, for: $0) }
        let folder = try TemporaryFolder()
        try folder.write([1, 2, 3], to: "set/file")
        let error = await #expect(throws: DatasetError.self) { try await fetch(from: [server], into: folder) }
        #expect(error?.description.contains("move it away") == true)
        #expect(bytes(folder) == [1, 2, 3])
        #expect(server.requests.isEmpty)
    }

    @Test func saysWhereItCannotWrite() async throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "set")
        let error = await #expect(throws: DatasetError.self) { try await fetch(from: [], into: folder) }
        #expect(error?.reason == .inaccessible)
        #expect(error?.description.contains(folder.url("set").path) == true)
    }

    /// The archive also holds what must not be unpacked: other members, links, and paths that lead elsewhere.
    @Test func unpacksTheNamedMembersAlone() async throws {
        let one = [UInt8](repeating: 1, count: 3000), two = [UInt8](repeating: 2, count: 512)
        let archive = gzip(
            tar("batches/", [], type: "5") + tar("batches/one.bin", one) + tar("../escaped", two)
            + tar("/tmp/surety-escaped", two) + tar("batches/../two.bin", one) + tar("./batches/two.bin", two)
            + tar("batches/three.bin", two) + [UInt8](repeating: 0, count: 1024))
        let server = try LocalServer { LocalServer.file(archive, for: $0) }
        let folder = try TemporaryFolder()
        let file = RemoteFile(
            name: "set.tar.gz", byteCount: archive.count, sha256: SHA256.hexadecimal(of: archive),
            mirrors: [try server.url("set.tar.gz")])
        let fetch = DatasetFetch(files: [file], into: "set", unpacking: "batches", members: ["one.bin", "two.bin"])
        let root = DatasetRoot(folder.url("root").path)
        let place = try await fetch.run(under: root)
        #expect(place.path == folder.url("root/set/batches").path)
        #expect(try Array(Data(contentsOf: place.appendingPathComponent("one.bin"))) == one)
        #expect(try Array(Data(contentsOf: place.appendingPathComponent("two.bin"))) == two)
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.root.path).sorted()
        #expect(all == ["root", "root/set", "root/set/batches", "root/set/batches/one.bin", "root/set/batches/two.bin"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/surety-escaped"))

        try await fetch.run(under: root)
        #expect(server.requests.count == 1)
        try FileManager.default.removeItem(at: place.appendingPathComponent("two.bin"))
        let error = await #expect(throws: DatasetError.self) { try await fetch.run(under: root) }
        #expect(error?.description.contains("two.bin") == true)
    }

    @Test func damagedArchivesAreRefused() async throws {
        let sound = tar("batches/one.bin", [UInt8](repeating: 1, count: 600)) + [UInt8](repeating: 0, count: 1024)
        for archive in [Array(sound.prefix(700)), [UInt8](repeating: 9, count: 512), gzip(sound).dropLast(3)] {
            let bytes = Array(archive)
            let server = try LocalServer { LocalServer.file(bytes, for: $0) }
            let folder = try TemporaryFolder()
            let file = RemoteFile(
                name: "set.tar", byteCount: bytes.count, sha256: SHA256.hexadecimal(of: bytes),
                mirrors: [try server.url("set.tar")])
            let fetch = DatasetFetch(files: [file], into: "set", unpacking: "batches", members: ["one.bin"])
            let error = await #expect(throws: DatasetError.self) {
                try await fetch.run(under: DatasetRoot(folder.root.path))
            }
            #expect(error?.reason == .malformed)
            #expect(!FileManager.default.fileExists(atPath: folder.url("set/batches").path))
        }
    }

    @Test func knowsThePublishedSets() throws {
        for name in DatasetFetch.names { _ = try DatasetFetch(name) }
        let error = #expect(throws: DatasetError.self) { try DatasetFetch("imagenet") }
        #expect(error?.description.contains("mnist, cifar10") == true)
    }

    private func remote(_ mirrors: [URL]) -> RemoteFile {
        RemoteFile(
            name: "file", byteCount: Self.content.count, sha256: SHA256.hexadecimal(of: Self.content), mirrors: mirrors)
    }

    @discardableResult
    private func fetch(
        from servers: [LocalServer], into folder: TemporaryFolder,
        report: @escaping @Sendable (DatasetFetch.Event) -> Void = { _ in }
    ) async throws -> URL {
        let file = remote(try servers.map { try $0.url("file") })
        return try await DatasetFetch(files: [file], into: "set").run(under: DatasetRoot(folder.root.path), report: report)
    }

    private func bytes(_ folder: TemporaryFolder) -> [UInt8]? {
        (try? Data(contentsOf: folder.url("set/file"))).map { Array($0) }
    }

    private func partial(_ folder: TemporaryFolder) -> [UInt8]? {
        (try? Data(contentsOf: folder.url("set/file.partial"))).map { Array($0) }
    }

    /// A member of a tar archive (POSIX ustar).
    private func tar(_ path: String, _ content: [UInt8], type: String = "0") -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        put(path, at: 0)
        put("0000644", at: 100)
        let size = String(content.count, radix: 8)
        put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
        put("        ", at: 148)
        put(type, at: 156)
        put("ustar", at: 257)
        let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148)
        return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}
