import Foundation
import FuzzedReaders
import Testing
import TestSupport

/// The files that fuzzing found to reach all that a reader does, and damage to each of them: read, or refused with the reader's error.
struct FuzzedReaderTests {
    @Test(arguments: FuzzedReader.allCases)
    func whatFuzzingFoundIsReadOrRefused(_ reader: FuzzedReader) throws {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "FuzzedReaders/Corpus/\(reader.rawValue)")
        let files = try String(contentsOf: corpus, encoding: .utf8).split(separator: "\n").map { try #require(Data(base64Encoded: String($0))) }
        #expect(files.count > 10)
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 3)
        var slowest = Duration.zero
        func read(_ file: Data) {
            slowest = max(slowest, ContinuousClock().measure { reader.read(file, in: folder.root) })
        }
        for file in files {
            read(file)
            for _ in 0..<4 { read(Self.damaged(file, by: &random)) }
        }
        // Fuzzing allows a second on a quiet machine, and other tests run beside this one.
        #expect(slowest < .seconds(5), "\(slowest)")
    }

    /// Some bytes are others, a part is missing, or a part is there twice.
    private static func damaged(_ file: Data, by random: inout SeededGenerator) -> Data {
        guard file.count > 1 else { return file }
        var bytes = [UInt8](file)
        let ends = [Int.random(in: 0..<bytes.count, using: &random), Int.random(in: 0..<bytes.count, using: &random)].sorted()
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeSubrange(ends[0]..<ends[1])
        case 1: bytes.insert(contentsOf: bytes[ends[0]..<ends[1]], at: ends[0])
        default: for end in ends { bytes[end] = Bool.random(using: &random) ? bytes[end] ^ 1 : UInt8.random(in: 0...255, using: &random) }
        }
        return Data(bytes)
    }
}
