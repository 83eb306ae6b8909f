import Foundation
import TestSupport
import Testing

@Suite struct MergeTests {
    @Test(arguments: [("certify", []), ("certify", ["--radii", "0.5,1,2"]), ("certify", ["--stop-at", "0.1"]), ("predict", [])])
    func shardsMakeTheWholeRun(method: String, options: [String]) throws {
        let folder = try TemporaryFolder()
        for (output, shard) in [("whole", "0/1"), ("0", "0/3"), ("1", "1/3"), ("2", "2/3")] {
            let command = try Command(DigitsRun.arguments(folder(output), ["--shard", shard] + options, method: method))
            #expect(command.status == 0, "\(command)")
        }
        let merge = try Command("merge", folder("2"), folder("0"), folder("1"), "--output", folder("merged"))
        #expect(merge.status == 0 && merge.output.contains("12 images from 3 directories"), "\(merge)")
        let (whole, merged) = (try RunFiles(folder("whole")), try RunFiles(folder("merged")))
        #expect(merged.untimedLines == whole.untimedLines)
        #expect(merged.untimedRows == whole.untimedRows)
        #expect(merged.record["settingsDigest"] as? String == whole.record["settingsDigest"] as? String)
        #expect(merged.group("selection")["shard"] as? String == "0/1")
        let verify = try Command(DigitsRun.verify(folder("merged"), replay: "all"))
        #expect(verify.status == 0, "\(verify)")
        // Lines keep their shard's times.
        #expect(try Set(merged.lines) == Set((0..<3).flatMap { try RunFiles(folder("\($0)")).lines }))
    }

    @Test func refusesWhatIsNotARun() throws {
        let folder = try TemporaryFolder()
        for (output, shard, seed) in [
            ("0", "0/2", "0"), ("1", "1/2", "0"), ("third", "1/3", "0"), ("other", "1/2", "1"),
        ] {
            _ = try DigitsRun.make(folder(output), "--shard", shard, "--seed", seed)
        }
        func merge(_ names: String...) throws -> Command {
            try Command(["merge"] + names.map { folder($0) } + ["--output", folder("merged")])
        }
        #expect(try merge("0").refused(naming: "6 images (3, 9, 15, 21, 27, 33) are missing from shards 0/2"))
        #expect(try merge("0", "0").refused(naming: "image 0 is in"))
        #expect(try merge("0", "third").refused(naming: "image 12 is in"))
        #expect(try merge("0", "other").refused(naming: "settings.seed: 0 there, 1 here"))
        #expect(try merge("0", "none").refused(naming: folder("none")))
        #expect(!folder.has("merged"))
        #expect(try merge("0", "1").status == 0)
        #expect(try merge("0", "1").refused(naming: "merged holds a run already"))
        let nowhere = try Command("merge", folder("0"), folder("1"), "--output", folder("0/run.json/merged"))
        #expect(nowhere.refused(naming: folder("0/run.json/merged")), "\(nowhere)")
    }

    @Test func namesAShardThatIsNotFinished() throws {
        let folder = try TemporaryFolder()
        let part = try DigitsRun.make(folder("0"), "--shard", "0/2")
        _ = try DigitsRun.make(folder("1"), "--shard", "1/2")
        try folder.write(lines: part.lines.dropLast(2), to: "0/certificates.jsonl")
        let command = try Command("merge", folder("0"), folder("1"), "--output", folder("merged"))
        #expect(command.refused(naming: "shard 0/2, has 4 of 6 images: start it again"), "\(command)")
    }
}
