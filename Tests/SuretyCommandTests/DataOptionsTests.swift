import Foundation
import Surety
import Testing
import TestSupport

@Suite struct DataOptionsTests {
    @Test func saysWhereItLookedForASet() throws {
        let folder = try TemporaryFolder()
        let root = ["SURETY_DATA": folder("root")]
        try expectRefusal(of: "mnist", naming: folder("root/mnist"), environment: root)
        try expectRefusal(of: "cifar10", naming: "surety data fetch cifar10", environment: root)
        let given = try Command(
            "evaluate", DigitsRun.model, "--data", "mnist", "--data-root", folder("given"), environment: root)
        #expect(given.refused(naming: folder("given/mnist")))
        try expectRefusal(of: "imagenet", naming: "imagenet")
        try expectRefusal(of: folder("none.npz"), naming: "none.npz")
    }

    @Test func refusesBrokenArchives() throws {
        let folder = try TemporaryFolder()
        let images = NumPyArray(shape: [3, 28, 28], .uint8(Array(repeating: 9, count: 2352)))
        func archive(_ name: String, images: [UInt8] = images.encoded(), labels: [Int64]) throws -> String {
            try Archive.write([
                ("images.npy", images), ("labels.npy", NumPyArray(shape: [labels.count], .int64(labels)).encoded()),
            ], to: folder(name))
            return folder(name)
        }
        let whole = try archive("whole.npz", labels: [0, 1, 9])
        #expect(try Command("evaluate", DigitsRun.model, "--data", whole).status == 0)

        try expectRefusal(of: archive("many.npz", labels: [0, 1, 10]), naming: "image 2 has label 10, but there are 10 classes")
        try expectRefusal(of: archive("negative.npz", labels: [0, -1, 2]), naming: "image 1 has label -1")
        try expectRefusal(of: archive("few.npz", labels: [0, 1]), naming: "3 images but 2 labels")
        let cut = try archive("cut.npz", images: images.encoded().dropLast(9), labels: [0, 1, 2])
        try expectRefusal(of: cut, naming: cut)
        let bright = NumPyArray(shape: [1, 28, 28], .float32([1.5] + Array(repeating: 0, count: 783)))
        try expectRefusal(of: archive("bright.npz", images: bright.encoded(), labels: [0]), naming: "pixel of 1.5")
        try Archive.write([("images.npy", images.encoded())], to: folder("unlabelled.npz"))
        try expectRefusal(of: folder("unlabelled.npz"), naming: "no array named labels")
        try folder.write(try #require(folder.contents(of: "whole.npz")).prefix(1000), to: "torn.npz")
        try expectRefusal(of: folder("torn.npz"), naming: "torn.npz")
        try folder.write(Data("images".utf8), to: "text.npz")
        try expectRefusal(of: folder("text.npz"), naming: "text.npz")
    }

    /// `synthetic:1,3` has the classes 0 and 1, which a model of all ten takes for other digits.
    @Test func refusesClassesOfAnotherNumbering() throws {
        let folder = try TemporaryFolder()
        let attack = ["attack", DigitsRun.model, "--attack", "fgsm", "--epsilon", "0.1", "--output", folder("run")]
        let bounds = ["bounds", DigitsRun.model, "--norm", "linf", "--output", folder("run")]
        let predict = DigitsRun.arguments(folder("run"), method: "predict")
        for data in ["synthetic:1,3", "synthetic:1,0", "synthetic:0,1,3"] {
            try expectRefusal(of: data, naming: "numbers its")
            for arguments in [attack, bounds, predict] {
                let command = try Command(arguments + ["--data", data])
                #expect(command.refused(naming: "the model has 10") && !folder.has("run"), "\(command)")
            }
        }
        let sample = try Command(bounds + ["--data", "synthetic", "--sample-data", "synthetic:1,3"])
        #expect(sample.refused(naming: "synthetic:1,3 numbers its 2 classes anew") && !folder.has("run"), "\(sample)")
        // The first classes keep their numbers, in a set of fewer classes or of all.
        for data in ["synthetic:0,1", "synthetic:0,1,2,3,4,5,6,7,8,9"] {
            let command = try Command("evaluate", DigitsRun.model, "--data", data)
            #expect(command.status == 0, "\(command)")
            let accuracy = try #require(command.output.firstMatch(of: /accuracy +(\d\.\d+)/)?.1)
            #expect(try #require(Double(accuracy)) > 0.9)
        }
    }

    /// 26 MB that stand for 4 GB, under a limit of 3 GB: refused in words, where the process was aborted.
    @Test func refusesArraysBeyondItsMemory() throws {
        let folder = try TemporaryFolder()
        try Archive.writeZeros(count: 5_300_000, height: 28, width: 28, to: folder("large.npz"))
        for arguments in [["evaluate", DigitsRun.model], DigitsRun.arguments(folder("run"), ["--max", "5000000", "--skip", "1"])] {
            let command = try limited(3_000_000, arguments + ["--data", folder("large.npz")])
            #expect(command.refused(naming: "half of its memory"), "\(command)")
            #expect(command.errors.contains("large.npz"))
        }
    }

    /// Where all images together do not fit, those selected do.
    @Test func readsSomeImagesOfAnArrayBeyondItsMemory() throws {
        let folder = try TemporaryFolder()
        try Archive.writeZeros(count: 1_500_000, height: 28, width: 28, to: folder("large.npz"))
        let whole = try limited(2_000_000, ["evaluate", DigitsRun.model, "--data", folder("large.npz"), "--threads", "1"])
        #expect(whole.refused(naming: "half of its memory"), "\(whole)")
        let some = try limited(
            2_000_000, ["evaluate", DigitsRun.model, "--data", folder("large.npz"), "--max", "50", "--threads", "1"])
        #expect(some.status == 0 && some.output.contains("images    50\n"), "\(some)")
    }

    /// A run on some images of an archive, of which the others are not kept, is the run on the whole set.
    @Test func runsOnSomeImagesOfAnArchive() throws {
        let folder = try TemporaryFolder()
        let export = try Command("data", "export", "synthetic", "--output", folder("digits.npz"))
        #expect(export.status == 0, "\(export)")
        let options = ["--n", "200", "--skip", "50", "--max", "7", "--shard", "1/2"]
        let files = try ["synthetic", folder("digits.npz")].enumerated().map { number, data in
            let command = try Command(DigitsRun.arguments(folder("\(number)"), options) + ["--data", data])
            #expect(command.status == 0, "\(command)")
            return try RunFiles(folder("\(number)"))
        }
        #expect(files[0].lines.count == 3)
        #expect(files[0].untimedRows == files[1].untimedRows)
        for attack in [true, false] {
            let verb = attack ? ["attack", "--attack", "fgsm", "--norm", "linf", "--epsilon", "0.1"] : ["evaluate", "--max", "20"]
            let outputs = try ["synthetic", folder("digits.npz")].enumerated().map { number, data -> String in
                let output = attack ? ["--skip", "50", "--max", "7", "--output", folder("attack \(number)")] : []
                let command = try Command(verb + [DigitsRun.model, "--data", data] + output)
                #expect(command.status == 0, "\(command)")
                guard attack else { return command.output }
                // The digests are bound to the data's name.
                let lines = String(decoding: try #require(folder.contents(of: "attack \(number)/attacks.jsonl")), as: UTF8.self)
                return lines.replacing(/"digest":"[0-9a-f]+"/, with: "")
            }
            #expect(!outputs[0].isEmpty && outputs[0] == outputs[1])
        }
    }

    /// The command under a limit on its address space, in KiB.
    private func limited(_ limit: Int, _ arguments: [String]) throws -> Command {
        try Command(script: "ulimit -v \(limit) && exec \"$SURETY\" \"$@\"", arguments)
    }

    private func expectRefusal(
        of data: String, naming culprit: String, environment: [String: String] = [:],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        for arguments in [["evaluate", DigitsRun.model], DigitsRun.arguments(folder("run"))] {
            let command = try Command(arguments + ["--data", data], environment: environment)
            #expect(command.refused(naming: culprit), sourceLocation: location)
            #expect(!folder.has("run"), sourceLocation: location)
        }
    }
}
