import Foundation
import Surety
import Testing
import TestSupport

@Suite struct ModelOptionsTests {
    @Test func refusesWhatIsNoModel() throws {
        let folder = try TemporaryFolder()
        let model = try Data(contentsOf: URL(fileURLWithPath: DigitsRun.model))
        try expectRefusal(of: folder("none.onnx"), naming: "none.onnx")
        try expectRefusal(of: folder.root.path, naming: "Is a directory")
        try expectRefusal(of: folder.write(Data(), to: "empty.onnx").path, naming: "empty.onnx")
        try expectRefusal(of: folder.write(model.prefix(90_000), to: "cut.onnx").path, naming: "cut short or damaged")
        try expectRefusal(of: folder.write(Data("a model\n".utf8), to: "text.onnx").path, naming: "not an ONNX model")
        var random = SeededGenerator(seed: 1)
        let garbage = (0..<4000).map { _ in UInt8.random(in: 0...255, using: &random) }
        try expectRefusal(of: folder.write(garbage, to: "garbage.onnx").path, naming: "not an ONNX model")
    }

    /// The first number of an initialiser that the file holds as raw data, replaced.
    @Test(arguments: [Float.nan, .infinity])
    func refusesWeightsThatAreNoNumbers(value: Float) throws {
        let folder = try TemporaryFolder()
        var model = try Data(contentsOf: URL(fileURLWithPath: DigitsRun.model))
        // Protobuf: the field name of a tensor, "7.bias", then its field raw_data with 40 bytes.
        let key = Data([0x42, 0x06]) + Data("7.bias".utf8) + Data([0x4A, 0x28])
        let place = try #require(model.range(of: key)).upperBound
        model.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
        try expectRefusal(of: folder.write(model, to: "broken.onnx").path, naming: "parameter \"7.bias\" is not finite")
    }

    @Test(arguments: [
        (["--mean", "0.1"], "--std"), (["--std", "0.1"], "--mean"),
        (["--mean", "0,0,0", "--std", "1,1,1"], "3 numbers"), (["--mean", "0,0", "--std", "1"], "2 numbers"),
        (["--mean", "0", "--std", "0"], "standard deviation"), (["--mean", "0", "--std", "-1"], "standard deviation"),
        (["--mean", "nan", "--std", "1"], "--mean"), (["--mean", "0", "--std", "inf"], "--std"),
        (["--mean", "zero", "--std", "1"], "--mean"), (["--mean", "1e60", "--std", "1"], "mean"),
        (["--mean", "0", "--std", "1e-60"], "standard deviation"),
    ])
    func refusesWrongNormalisation(options: [String], culprit: String) throws {
        let folder = try TemporaryFolder()
        for arguments in commands(DigitsRun.model, folder("run")) {
            #expect(try Command(arguments + options).refused(naming: culprit), "\(arguments[0])")
        }
        #expect(!folder.has("run"))
    }

    /// All are part of what a certificate is bound to, and of the key of its noise. Mean 0 and deviation 1 change no more than that:
    /// the classes keep their votes within what chance allows, which others do not.
    @Test func normalises() throws {
        let folder = try TemporaryFolder()
        let plain = try DigitsRun.make(folder("plain"))
        let identity = try DigitsRun.make(folder("identity"), "--mean", "0", "--std", "1")
        let other = try DigitsRun.make(folder("other"), "--mean", "0.5", "--std", "0.5")
        func difference(_ one: RunFiles, _ two: RunFiles) throws -> Int {
            try zip(one.certificates(), two.certificates()).flatMap { zip($0.counts, $1.counts).map { abs($0 - $1) } }.max() ?? 0
        }
        // Five standard deviations of a difference between 500 votes are 80.
        #expect(try (1...80).contains(difference(plain, identity)))
        #expect(try difference(plain, other) > 80)
        #expect(other.group("model")["mean"] as? [Double] == [0.5])
        #expect(other.group("model")["std"] as? [Double] == [0.5])
        #expect(Set([plain, identity, other].map { $0.record["settingsDigest"] as? String }).count == 3)
    }

    /// A model of grey digits, and colour pictures: said with both shapes.
    @Test func refusesImagesOfAnotherShape() throws {
        let folder = try TemporaryFolder()
        try Archive.write([
            ("images.npy", NumPyArray(shape: [2, 3, 32, 32], .uint8(Array(repeating: 9, count: 6144))).encoded()),
            ("labels.npy", NumPyArray(shape: [2], .int64([0, 1])).encoded()),
        ], to: folder("colour.npz"))
        for arguments in [["evaluate", DigitsRun.model], DigitsRun.arguments(folder("run"))] {
            let command = try Command(arguments + ["--data", folder("colour.npz")])
            #expect(command.refused(naming: DigitsRun.model))
            #expect(command.errors.contains("1×28×28") && command.errors.contains("3×32×32"))
        }
    }

    @Test(
        .enabled(if: SharedData.isAvailable, SharedData.reasonToSkip),
        arguments: [("wong_mnist", "cifar10"), ("mnist-net_256x4", "cifar10"), ("cifar_resnet_2b", "mnist")])
    func refusesSharedDataOfAnotherShape(model: String, data: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            "certify", SharedModel.path("models/\(model).onnx"), "--data", data,
            "--data-root", SharedModel.path("data"), "--sigma", "0.5", "--output", folder("run"))
        #expect(command.refused(naming: "\(model).onnx"))
        #expect(command.errors.contains("3×32×32") && command.errors.contains(/28×28|784/), "\(command)")
        #expect(!folder.has("run"))
    }

    /// Every command that reads a model, with what else it needs.
    private func commands(_ model: String, _ output: String) -> [[String]] {
        [
            ["info", model], ["evaluate", model, "--data", "synthetic"],
            DigitsRun.arguments(output, model: model), DigitsRun.arguments(output, method: "predict", model: model),
        ]
    }

    private func expectRefusal(
        of model: String, naming culprit: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        for arguments in commands(model, folder("run")) {
            let command = try Command(arguments)
            #expect(command.refused(naming: culprit), "\(arguments[0])", sourceLocation: location)
            #expect(command.errors.contains(model), sourceLocation: location)
            #expect(!folder.has("run"), sourceLocation: location)
        }
    }
}
