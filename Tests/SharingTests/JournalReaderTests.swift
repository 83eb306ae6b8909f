import Foundation
import SuretyRecords
import TestSupport
import Testing

import SuretySharing

@Suite struct JournalReaderTests {
    /// A network may show the end of a file before what comes in front of it, or not at all for a while: nothing is lost, taken twice, or
    /// taken for damage.
    @Test(arguments: [UInt64(1), 2, 3])
    func readsWhatIsWrittenOnceHoweverLate(_ seed: UInt64) throws {
        let folder = SimulatedFolder(lag: 3, seed: seed)
        var reader = JournalReader<NoSettings>(folder, at: URL(fileURLWithPath: "/shared"), settingsDigest: "s", patience: 120)
        var written: [String: [Int]] = [:], read: [String: [Int]] = [:]
        var generator = SeededGenerator(seed: Int(seed))
        func note() throws {
            for (worker, line) in try reader.read() {
                if case .line(let line) = line { read[worker, default: []].append(line.image) }
            }
        }
        for image in 0..<400 {
            let worker = "w\(Int.random(in: 0..<5, using: &generator))"
            folder.append("workers/\(worker).jsonl", try BoundLine.fileContents(.line(NoLine(image: image, label: 0)), settingsDigest: "s"))
            written[worker, default: []].append(image)
            if Bool.random(using: &generator) { try note() }
        }
        folder.wait(10)
        for _ in 0..<20 { try note() }
        #expect(read == written)
    }

    @Test func aTornLineIsWaitedForAndADamagedOneIsNamed() throws {
        let folder = SimulatedFolder(seed: 1)
        let line = try BoundLine.fileContents(.line(NoLine(image: 1, label: 0)), settingsDigest: "s")
        folder.append("workers/a.jsonl", line + line.dropLast(5))
        var reader = JournalReader<NoSettings>(folder, at: URL(fileURLWithPath: "/shared"), settingsDigest: "s", patience: 0.2)
        #expect(try reader.read().count == 1)
        #expect(try reader.read().isEmpty)
        // A digit that somebody altered.
        let altered = Data(String(decoding: line, as: UTF8.self).replacingOccurrences(of: "\"image\":1", with: "\"image\":2").utf8)
        folder.append("workers/b.jsonl", altered)
        #expect(try reader.read().isEmpty)
        Thread.sleep(forTimeInterval: 0.3)
        let error = #expect(throws: RunError.self) { try reader.read() }
        #expect(error?.description.contains("workers/b.jsonl line 1") == true)
    }

    @Test func linesOfAnotherRunAreNotThisOnes() throws {
        let folder = SimulatedFolder(seed: 1)
        folder.append("workers/a.jsonl", try BoundLine.fileContents(.line(NoLine(image: 1, label: 0)), settingsDigest: "other"))
        var reader = JournalReader<NoSettings>(folder, at: URL(fileURLWithPath: "/shared"), settingsDigest: "s", patience: 0)
        #expect(throws: RunError.self) { try reader.read() }
    }
}

private struct NoLine: RunLine {
    let image: Int, label: Int
}

private struct NoSettings: RunSettings {
    typealias Line = NoLine
    static let schema = 1, linesFile = "lines.jsonl", lineName = "line", methods = ["none"]
    var method: String { "none" }
}
