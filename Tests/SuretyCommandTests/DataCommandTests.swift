import Foundation
import Surety
import Testing
import TestSupport

@Suite struct DataCommandTests {
    /// A set exported and read again is the same set: the model answers alike, and so do noisy copies.
    @Test(arguments: ["test", "train"])
    func exportsASet(split: String) throws {
        let folder = try TemporaryFolder()
        let export = try Command("data", "export", "synthetic", "--split", split, "--output", folder("digits.npz"))
        #expect(export.status == 0, "\(export)")
        let (known, exported) = (
            try Command("evaluate", DigitsRun.model, "--data", "synthetic", "--split", split),
            try Command("evaluate", DigitsRun.model, "--data", folder("digits.npz"))
        )
        #expect(known.status == 0 && exported.status == 0, "\(known)\(exported)")
        #expect(known.output == exported.output)
        let (first, second) = (
            try DigitsRun.make(folder("known"), "--split", split),
            try DigitsRun.make(folder("exported"), "--data", folder("digits.npz"))
        )
        #expect(first.group("data")["sha256"] as? String == second.group("data")["sha256"] as? String)
        #expect(try first.certificates().map(\.counts) == second.certificates().map(\.counts))
    }

    /// An export can be exported again, to the same images and labels.
    @Test func exportsAnExport() throws {
        let folder = try TemporaryFolder()
        _ = try Command("data", "export", "synthetic", "--output", folder("one.npz"))
        let command = try Command("data", "export", folder("one.npz"), "--output", folder("two.npz"))
        #expect(command.status == 0, "\(command)")
        let sets = try ["one.npz", "two.npz"].map { try LabelledImages(archive: URL(fileURLWithPath: folder($0))) }
        #expect(sets[0].sha256 == sets[1].sha256 && sets[0].count == 1000)
    }

    @Test func refusesWhatCannotBe() throws {
        let folder = try TemporaryFolder()
        func data(_ arguments: String...) throws -> Command { try Command(["data"] + arguments) }
        #expect(try data("fetch", "imagenet", "--data-root", folder("root")).refused(naming: "imagenet"))
        #expect(try data("export", "imagenet", "--output", folder("x.npz")).refused(naming: "imagenet"))
        #expect(try data("export", "synthetic", "--output", folder("none/x.npz")).refused(naming: "none/x.npz"))
        #expect(try data("export", "synthetic", "--split", "half", "--output", folder("x.npz")).refused(naming: "half"))
    }
}
