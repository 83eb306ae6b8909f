import Foundation
import SuretyRecords
import SuretySmoothing
import Testing
import TestSupport

@Suite struct MergingTests {
    @Test(arguments: [1, 2, 3, 7])
    func shardsMakeTheWholeRun(count: Int) throws {
        let folder = try TemporaryFolder()
        for (skip, max) in [(1, nil), (3, nil), (2, 8)] as [(Int, Int?)] {
            let name = "\(skip)-\(max ?? 0)"
            let selection = try ImageSelection(skip: skip, max: max)
            try SmallRun(selection: selection).write(to: folder.url("\(name)/whole"))
            let shards = (0..<count).map { folder.url("\(name)/shard-\($0)") }
            for (index, url) in shards.enumerated() {
                let part = try ImageSelection(skip: skip, max: max, shard: .init(index, of: count))
                try SmallRun(selection: part).write(to: url)
            }
            let record = try SmoothingRun.merge(shards.reversed(), into: folder.url("\(name)/merged"))
            #expect(record.progress.finished)
            // Byte for byte: this stand-in takes the same time for an image on every machine.
            #expect(try files(of: folder.url("\(name)/merged")) == files(of: folder.url("\(name)/whole")))
            #expect(Verification<SmoothingSettings>.findings(in: folder.url("\(name)/merged")).isEmpty)
        }
    }

    @Test func namesAllThatTookPart() throws {
        let folder = try TemporaryFolder()
        for (index, version) in ["0.0.9", RecordFormat.version].enumerated() {
            let run = try SmallRun(
                selection: ImageSelection(shard: .init(index, of: 2)),
                environment: .init(processor: "machine \(index)", threads: 1 + index, batch: 8, libraries: "none"))
            let directory = try RunDirectory(at: folder.url("\(index)"), for: run.record.ofVersion(version))
            for image in directory.remaining { try directory.append(run.certificate(image)) }
            try directory.save()
        }
        let record = try SmoothingRun.merge([folder.url("0"), folder.url("1")], into: folder.url("merged"))
        #expect(record.version == "0.0.9; \(RecordFormat.version)")
        #expect(record.environment == .init(processor: "machine 0; machine 1", threads: 1, batch: 8, libraries: "none"))
        #expect(Verification<SmoothingSettings>.findings(in: folder.url("merged")).isEmpty)
    }

    @Test func shardsOfDifferentConvolutionsAreNotOneRun() throws {
        let folder = try TemporaryFolder()
        for (index, convolution) in [nil, "winograd"].enumerated() {
            try SmallRun(
                selection: ImageSelection(shard: .init(index, of: 2)),
                environment: .init(processor: "a", threads: 1, libraries: "none", convolution: convolution)
            ).write(to: folder.url("\(index)"))
        }
        let refusal = message { try SmoothingRun.merge([folder.url("0"), folder.url("1")], into: folder.url("merged")) }
        #expect(refusal.contains("direct convolutions") && refusal.contains("winograd convolutions"), "\(refusal)")
    }

    @Test func saysWhatIsMissing() throws {
        let folder = try TemporaryFolder()
        for index in 0..<3 {
            try SmallRun(selection: ImageSelection(shard: .init(index, of: 3))).write(
                to: folder.url("\(index)"), limit: index == 1 ? 5 : .max)
        }
        let unfinished = message { try SmoothingRun.merge([0, 1, 2].map { folder.url("\($0)") }, into: folder.url("out")) }
        #expect(unfinished.contains("2 images (16, 19) are missing from shards 0/3, 1/3, 2/3"))
        #expect(unfinished.contains("\(folder.url("1").path), shard 1/3, has 5 of 7 images: start it again"))
        let absent = message { try SmoothingRun.merge([folder.url("0"), folder.url("2")], into: folder.url("out")) }
        #expect(absent.contains("7 images (1, 4, 7, 10, 13, 16, 19) are missing from shards 0/3, 2/3"))
        #expect(!FileManager.default.fileExists(atPath: folder.url("out").path))
    }

    @Test func refusesWhatIsNotOneRun() throws {
        let folder = try TemporaryFolder()
        try SmallRun(selection: ImageSelection(shard: .init(0, of: 2))).write(to: folder.url("first"))
        try SmallRun(sigma: 0.5, selection: ImageSelection(shard: .init(1, of: 2))).write(to: folder.url("other sigma"))
        try SmallRun(selection: ImageSelection(skip: 2, shard: .init(1, of: 2))).write(to: folder.url("other skip"))
        try SmallRun(selection: ImageSelection(shard: .init(1, of: 4))).write(to: folder.url("other division"))
        try SmallRun(selection: ImageSelection(shard: .init(0, of: 4))).write(to: folder.url("overlapping"))
        try SmallRun(selection: ImageSelection(shard: .init(1, of: 2))).write(to: folder.url("second"))
        func merging(_ names: String...) -> String {
            message { try SmoothingRun.merge(names.map { folder.url($0) }, into: folder.url("out")) }
        }
        #expect(merging().contains("nothing to merge"))
        #expect(merging("first", "other sigma").contains("settings.noise.sigma: 0.25 there, 0.5 here"))
        #expect(merging("first", "other skip").contains("selection.skip: 1 there, 2 here"))
        #expect(merging("first", "other division").contains("5 images (3, 7, 11, 15, 19) are missing"))
        #expect(merging("first", "overlapping", "second").contains("image 0 is in \(folder.url("first").path) and in"))
        #expect(merging("first", "first").contains("image 0 is in"))
        #expect(merging("first", "nowhere").contains("run.json: No such file or directory"))
        #expect(message { try SmoothingRun.merge([folder.url("first"), folder.url("second")], into: folder.url("first")) }
            .contains("holds a run already"))
        #expect(merging("first", "second").isEmpty)
    }

    private func message(_ body: () throws -> SmoothingRecord) -> String {
        do {
            _ = try body()
            return ""
        } catch {
            return "\(error)"
        }
    }
}
