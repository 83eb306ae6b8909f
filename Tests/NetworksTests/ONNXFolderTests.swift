import Foundation
import SuretyNetworks
import SuretyRecords
import SuretyTensors
import Testing
import TestSupport

/// Weights in files beside the model, as PyTorch's exporter writes them by default.
struct ONNXFolderTests {
    private typealias Make = HandmadeONNX
    private static let weights: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]

    /// A tensor that lies elsewhere.
    private static func tensor(_ entries: [(String, String)]) -> WireMessage {
        WireMessage().integer(1, 4).integer(1, 2).integer(2, 1).text(8, "w").integer(14, 1)
            .messages(13, entries.map { WireMessage().text(1, $0.0).text(2, $0.1) })
    }

    private static func model(_ entries: [(String, String)]) -> Data {
        Make.model([Make.node("Flatten", ["x"], ["f"]), Make.node("MatMul", ["f", "w"], ["y"])], [tensor(entries)])
    }

    private static var bytes: Data { weights.withUnsafeBytes { Data($0) } }

    @Test func weightsBesideTheModelAreRead() throws {
        let folder = try TemporaryFolder()
        try (Data(repeating: 7, count: 64) + Self.bytes).write(to: folder.url("weights.bin"))
        let data = Self.model([("location", "weights.bin"), ("offset", "64"), ("length", "32")])
        let file = folder.url("model.onnx")
        try data.write(to: file)
        let model = try Model(contentsOf: file.path, imageShape: [1, 2, 2])
        let logits = try model.network.logits(of: Tensor(shape: [1, 1, 2, 2], values: [1, 0, 0, 1]))
        #expect(logits.values == [31, 42])
        // As `sha256sum model.onnx weights.bin | sha256sum` has it.
        let list = ["model.onnx": data, "weights.bin": Data(repeating: 7, count: 64) + Self.bytes].sorted { $0.key < $1.key }
            .map { "\(SHA256.hexadecimal(of: $0.value))  \($0.key)\n" }.joined()
        #expect(model.sha256 == SHA256.hexadecimal(of: Data(list.utf8)))
    }

    /// One byte of the weights is another model.
    @Test func theDigestCoversAllFiles() throws {
        let folder = try TemporaryFolder()
        let (file, weights) = (folder.url("model.onnx"), folder.url("w"))
        try Self.model([("location", "w")]).write(to: file)
        try Self.bytes.write(to: weights)
        let before = try Model(contentsOf: file.path, imageShape: [1, 2, 2]).sha256
        var changed = Self.bytes
        changed[2] ^= 1
        try changed.write(to: weights)
        #expect(try Model(contentsOf: file.path, imageShape: [1, 2, 2]).sha256 != before)
    }

    @Test(arguments: [
        ([("location", "../w")], "outside"), ([("location", "/etc/passwd")], "outside"), ([("location", "a/../../w")], "outside"),
        ([("location", "missing")], "copy it there"), ([("location", "link")], "copy it there"), ([("location", ".")], "copy it there"),
        ([], "does not say"), ([("location", "w"), ("offset", "-1")], "offset"), ([("location", "w"), ("length", "x")], "length"),
        ([("location", "w"), ("offset", "16"), ("length", "32")], "cut short"),
        ([("location", "w"), ("offset", "9223372036854775807")], "cut short"),
        ([("location", "w"), ("length", "16")], "16 bytes"),
    ] as [([(String, String)], String)])
    func whatIsNotThereIsRefused(_ entries: [(String, String)], _ fragment: String) throws {
        let folder = try TemporaryFolder()
        let inside = folder.url("inside")
        try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
        try Self.bytes.write(to: folder.url("w"))
        try Self.bytes.write(to: inside.appending(path: "w"))
        try FileManager.default.createSymbolicLink(
            at: inside.appending(path: "link"), withDestinationURL: folder.url("w"))
        let error = try #require(throws: ONNXError.self) {
            try ONNXReader.model(from: Self.model(entries), imageShape: [1, 2, 2], folder: ONNXFolder(inside))
        }
        #expect(error.description.contains(fragment), "\(error)")
    }
}
