import Foundation
import Surety
import TestSupport
import Testing

/// examples/to-npz: images as people keep them, made into what `--data` reads.
@Suite struct ToNPZScriptTests {
    private static let script = PythonScript("to-npz/to_npz.py", needing: ["numpy"])
    private static let isAtHand = script.isAtHand

    @Test(.enabled(if: isAtHand)) func putsArraysTogether() throws {
        let folder = try TemporaryFolder()
        let levels = (0..<48).map { UInt8($0 * 5) }
        try NumPyArray(shape: [4, 3, 2, 2], .uint8(levels)).write(to: folder.url("images.npy"))
        try NumPyArray(shape: [4], .int64([1, 0, 2, 1])).write(to: folder.url("labels.npy"))
        let found = try Self.script(folder("images.npy"), folder("set.npz"))
        #expect(found.status == 0 && found.output.contains("4 images of 3×2×2, 3 classes"), "\(found)")
        let set = try LabelledImages(archive: folder.url("set.npz"))
        #expect(set.pixels == .uint8(levels) && set.labels == [1, 0, 2, 1])
    }

    /// CIFAR's batches are pickles, which can hold a program.
    @Test(.enabled(if: isAtHand)) func executesNoPickle() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("cos\nsystem\n(S'touch \(folder("harm"))'\ntR.".utf8), to: "batches/test_batch")
        #expect(try Self.script(folder("batches"), folder("set.npz")).status != 0)
        #expect(!folder.has("harm") && !folder.has("set.npz"))
    }
}
