import Foundation
import Surety
import Testing
import TestSupport

/// `surety quantise`, and what the other commands make of its file.
@Suite struct QuantiseTests {
    /// The bundled model of digits, in integers.
    private static func quantised(into folder: TemporaryFolder) throws -> Command {
        try Command(
            "quantise", DigitsRun.model, "--data", "synthetic", "--split", "train", "--sigma", "0.25", "--compare", "100",
            "--output", folder("int8.onnx"))
    }

    /// The number after a name at the beginning of a line.
    private func figure(_ name: String, in output: String) throws -> Double {
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix(name) }, "\(output)")
        let number = try #require(line.dropFirst(name.count).split(separator: " ").first)
        return try #require(Double(number))
    }

    @Test func theFileIsAModelLikeAnyOther() throws {
        let folder = try TemporaryFolder()
        let made = try Self.quantised(into: folder)
        #expect(made.status == 0, "\(made)")
        #expect(try figure("votes agree", in: made.output) > 97)

        let info = try Command("info", folder("int8.onnx"))
        #expect(info.status == 0 && info.output.contains("integer dense") && info.output.contains("surety.quantisation"))

        func correct(_ model: String) throws -> Double {
            let command = try Command("evaluate", model, "--data", "synthetic")
            #expect(command.status == 0, "\(command)")
            return try figure("correct", in: command.output)
        }
        #expect(abs(try correct(folder("int8.onnx")) - correct(DigitsRun.model)) <= 5)

        let certify = try Command(
            "certify", folder("int8.onnx"), "--data", "synthetic", "--sigma", "0.25", "--n", "200", "--max", "4",
            "--output", folder("run"))
        #expect(certify.status == 0, "\(certify)")
        let verify = try Command(
            "verify", folder("run"), "--model", folder("int8.onnx"), "--data", "synthetic", "--replay", "4")
        #expect(verify.status == 0, "\(verify)")
    }

    /// The gradient is the float original's, and the integer network judges.
    @Test func attacksFollowTheOriginal() throws {
        let folder = try TemporaryFolder()
        _ = try Self.quantised(into: folder)
        let arguments = [
            "attack", folder("int8.onnx"), "--data", "synthetic", "--max", "3", "--attack", "pgd", "--epsilon", "0.5",
            "--norm", "l2",
        ]
        let alone = try Command(arguments + ["--output", folder("alone")])
        #expect(alone.refused(naming: "has no derivative"), "\(alone)")
        let followed = try Command(arguments + ["--source", DigitsRun.model, "--output", folder("followed")])
        #expect(followed.status == 0, "\(followed)")
    }

    @Test func boundsAreRefusedByName() throws {
        let folder = try TemporaryFolder()
        _ = try Self.quantised(into: folder)
        let bounds = try Command(
            "bounds", folder("int8.onnx"), "--data", "synthetic", "--norm", "l2", "--no-estimates", "--max", "2", "--output", folder("bounds"))
        #expect(bounds.refused(naming: "floating point"), "\(bounds)")
    }

    @Test func refusesWhatCannotBe() throws {
        let folder = try TemporaryFolder()
        let arguments = ["quantise", DigitsRun.model, "--data", "synthetic", "--output", folder("int8.onnx")]
        #expect(try Command(arguments + ["--sigma", "0.25", "--calibration", "0"]).refused(naming: "--calibration is 0"))
        #expect(try Command(arguments + ["--sigma", "-1"]).status != 0)
        _ = try Self.quantised(into: folder)
        let again = try Command(
            "quantise", folder("int8.onnx"), "--data", "synthetic", "--sigma", "0.25", "--output", folder("again.onnx"))
        #expect(again.refused(naming: "already"), "\(again)")
    }
}
