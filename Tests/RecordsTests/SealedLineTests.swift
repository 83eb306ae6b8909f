import Foundation
import SuretyRecords
import Testing
import TestSupport

/// Lines as they are written and read: a run's directory seals them.
@Suite struct SealedLineTests {
    private let folder: TemporaryFolder
    private var file: URL { folder.url("run/tallies.jsonl") }

    init() throws { folder = try TemporaryFolder() }

    /// A finished run in the folder.
    private func write(_ settings: Tally = Tally(), to name: String = "run", seconds: [Double] = [0.25, 0.25, 0.25]) throws {
        let directory = try RunDirectory(at: folder.url(name), for: Tally.record(settings))
        for image in directory.remaining { try directory.append(Tally.Line(image: image, timing: seconds[image])) }
        try directory.save()
    }

    private func lines(of name: String) throws -> [String] {
        let contents = try #require(folder.contents(of: "\(name)/tallies.jsonl"))
        return String(decoding: contents, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func read() throws -> [Tally.Line] { try RunContents<Tally>(of: folder.url("run")).lines }

    /// The digests are Python's: hashlib's SHA-256 of the settings' digest and what `json.dumps` gives for the line.
    @Test func hasTheseBytes() throws {
        try write()
        #expect(try Tally.record().settingsDigest() == "6848a563ce538dccf6b23dd8e30cb3e1fc7c5a7b06e19309bc914cb982be30cc")
        let digests = [
            ("e4c13228bf909701aed8cb0ba4c953fec80d657156cda5cc625bc1dd5c523fa6",
             "3fa3075a0a45a894b445122447c5c5a4c65420b5274e5a2d3d34c4e1bd917634"),
            ("bab114bede1d4d29dbc3dd61928afe1b1c5b6db2c0d5f6785cd14994de287d3b",
             "5493d1e54011c7f495a1edbd0f3414c60462a41e190886a2e614f7d14de2d930"),
            ("262a870175ebb3dddf9ab703423206823a21a6335520e9ed5dcf5817df43e12a",
             "d8d67078b742b79fa0d760fd440a50dfc1b6bcc55f312698becd912f90627f95"),
        ]
        let expected = digests.enumerated().map { image, digest in
            #"{"digest":"\#(digest.0)","image":\#(image),"isOpen":false,"label":1,"share":0.5,"#
                + #""timing":{"digest":"\#(digest.1)","seconds":0.25}}"#
        }
        #expect(try lines(of: "run") == expected)
        #expect(try read() == (0..<3).map { Tally.Line(image: $0) })
    }

    /// Every byte of the first line, changed in several ways, left out, or written twice.
    @Test func everyAlteredByteIsFound() throws {
        try write()
        let original = try Data(contentsOf: file)
        let length = try #require(original.firstIndex(of: UInt8(ascii: "\n")))
        for index in 0..<length {
            for replacement in original[index].replacements + [[UInt8(ascii: "\n")]] {
                var altered = original
                altered.replaceSubrange(index...index, with: replacement)
                try folder.write(altered, to: "run/tallies.jsonl")
                let error = #expect(throws: RunError.self, "byte \(index), \(replacement)") { try read() }
                #expect(error?.reason == .damagedRecord && error?.description.contains("tallies.jsonl line 1:") == true)
            }
        }
        try folder.write(original, to: "run/tallies.jsonl")
        #expect(try read().count == 3)
    }

    /// A line is worth nothing in a run of other settings, though it is about the same image.
    @Test func isBoundToItsRun() throws {
        try write()
        try write(Tally(seed: 1), to: "other")
        let (own, other) = (try lines(of: "run"), try lines(of: "other"))
        try folder.write(lines: [own[0], other[1], own[2]], to: "run/tallies.jsonl")
        let error = #expect(throws: RunError.self) { try read() }
        #expect(error?.description.contains("line 2: its content does not match its digest") == true)
    }

    /// The seconds have a digest of their own, which depends on the line.
    @Test func timesCannotBeExchanged() throws {
        try write(seconds: [0.25, 4, 0.25])
        let before = try lines(of: "run")
        #expect(try read().map(\.timing) == [0.25, 4, 0.25])
        let timings = try before.map { line in
            String(try #require(line.firstMatch(of: /"timing":\{.*?\}/)).output)
        }
        for (target, source) in [(0, 1), (1, 0), (0, 2)] {
            var after = before
            after[target] = after[target].replacingOccurrences(of: timings[target], with: timings[source])
            try folder.write(lines: after, to: "run/tallies.jsonl")
            let error = #expect(throws: RunError.self) { try read() }
            #expect(error?.description.contains("line \(target + 1): its content does not match its digest") == true)
        }
    }

    /// A line that JSON has no numbers for is refused, and the file stays as it was.
    @Test func refusesWhatIsNoNumber() throws {
        let directory = try RunDirectory(at: folder.url("run"), for: Tally.record())
        try directory.append(Tally.Line(image: 0))
        let before = try Data(contentsOf: file)
        for line in [Tally.Line(image: 1, share: .nan), Tally.Line(image: 1, timing: .infinity)] {
            let error = #expect(throws: RunError.self) { try directory.append(line) }
            #expect(error?.reason == .invalidCounts && error?.description.contains("image 1") == true)
        }
        #expect(try Data(contentsOf: file) == before)
        try directory.append(Tally.Line(image: 1))
        #expect(try read().count == 2)
    }
}
