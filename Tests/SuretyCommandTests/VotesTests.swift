import Foundation
import Surety
import Testing
import TestSupport

/// What the votes must not depend on: the same images, seeds and σ give the same bytes, the time they took aside.
@Suite struct VotesTests {
    @Test func areTheSameForEveryBatchAndThreadCount() throws {
        let folder = try TemporaryFolder()
        let truth = try DigitsRun.make(folder("truth"))
        #expect(Set(try truth.certificates().map(\.counts)).count > 6)
        let options = [
            ["--threads", "1"], ["--threads", "2"], ["--threads", "3"],
            ["--batch", "1"], ["--batch", "7"], ["--batch", "64"], ["--batch", "4096"],
            ["--batch", "7", "--threads", "3"],
        ]
        for (index, options) in options.enumerated() {
            let command = try Command(DigitsRun.arguments(folder("\(index)"), options))
            #expect(command.status == 0, "\(command)")
            let run = try RunFiles(folder("\(index)"))
            #expect(run.untimedLines == truth.untimedLines, "\(options)")
            #expect(run.untimedRows == truth.untimedRows, "\(options)")
        }
    }

    @Test func dependOnTheSeed() throws {
        let folder = try TemporaryFolder()
        let zero = try DigitsRun.make(folder("0")).certificates()
        let one = try DigitsRun.make(folder("1"), "--seed", "1").certificates()
        #expect(zip(zero.map(\.counts), one.map(\.counts)).allSatisfy { $0 != $1 })
    }

    /// The first 500 votes are among the first 1000; the selection's votes are apart.
    @Test func ofFewerSamplesAreAmongThoseOfMore() throws {
        let folder = try TemporaryFolder()
        let few = try DigitsRun.make(folder("few")).certificates()
        let many = try DigitsRun.make(folder("many"), "--n", "1000").certificates()
        for (few, many) in zip(few, many) {
            #expect(zip(few.counts, many.counts).allSatisfy { $0 <= $1 } && many.counts.reduce(0, +) == 1000)
        }
        #expect(zip(few, many).allSatisfy { $0.selectionCounts == $1.selectionCounts })
    }

    /// Grey levels N×H×W are the same content as they are here. The same as floats N×C×H×W lie on the same grid; their digest is another,
    /// and so is their noise.
    @Test func areTheSameForArchivesOfTheSameImages() throws {
        let folder = try TemporaryFolder()
        let digits = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let levels = try #require({ if case .uint8(let levels) = digits.pixels { levels } else { nil } }())
        let labels = NumPyArray(shape: [1000], .int64(digits.labels.map(Int64.init)))
        let arrays = [
            "levels": NumPyArray(shape: [1000, 28, 28], .uint8(levels)),
            "floats": NumPyArray(shape: [1000, 1, 28, 28], .float32(levels.map { Float($0) / 255 })),
        ]
        let truth = try DigitsRun.make(folder("truth"))
        for (name, images) in arrays {
            try Archive.write(
                [("images.npy", images.encoded()), ("labels.npy", labels.encoded())], to: folder("\(name).npz"))
            let run = try DigitsRun.make(folder(name), "--data", folder("\(name).npz"))
            let (counts, expected) = (try run.certificates().map(\.counts), try truth.certificates().map(\.counts))
            if name == "levels" {
                #expect(counts == expected && run.untimedRows == truth.untimedRows)
            } else {
                // Five standard deviations of a difference between 500 votes are 80.
                #expect((1...80).contains(zip(counts, expected).flatMap { zip($0, $1).map { abs($0 - $1) } }.max() ?? 0))
            }
            #expect((run.group("settings")["noise"] as? [String: Any])?["grid"] as? Int == 255)
            #expect(run.group("data")["name"] as? String == "\(name).npz")
        }
    }

    /// Files that declare a batch of 1 run at any, and one that takes flattened images too.
    @Test(
        .enabled(if: SharedData.isAvailable, SharedData.reasonToSkip),
        arguments: ["cifar_resnet_2b", "mnist-net_256x4", "verivital_convnet_maxpool", "wong_mnist"])
    func areTheSameForSharedModels(name: String) throws {
        let folder = try TemporaryFolder()
        let arguments = try SharedModel.arguments(name) + ["--sigma", "0.5", "--n", "400", "--skip", "1000"]
        var lines: Set<[String]> = []
        for (batch, threads) in [("1", "2"), ("7", "1"), ("256", "2")] {
            let output = folder("\(batch)")
            let command = try Command(
                ["certify"] + arguments + ["--batch", batch, "--threads", threads, "--output", output])
            #expect(command.status == 0, "\(command)")
            let run = try RunFiles(output)
            lines.insert(run.untimedLines)
            #expect(run.lines.count == 10)
        }
        #expect(lines.count == 1)
    }
}
