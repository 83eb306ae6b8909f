import Foundation
import Surety
import TestSupport
import Testing

/// A run of a model whose convolutions suit Winograd's algorithm, in a process of its own.
@Suite(.enabled(if: ConvolutionAlgorithm.winograd.isAvailable)) struct ConvolutionOptionTests {
    static let model = DigitsRun.repository.appendingPathComponent("examples/models/mnist-madry-0.3.onnx").path

    private func certify(_ output: String, _ more: String...) throws -> RunFiles {
        let command = try Command(DigitsRun.arguments(output, ["--n", "200", "--max", "3"] + more, model: Self.model))
        try #require(command.status == 0, "\(command)")
        return try RunFiles(output)
    }

    private func algorithm(_ output: String) throws -> String? {
        try SmoothingRun(of: URL(fileURLWithPath: output)).record.environment?.convolution
    }

    /// Whatever it is asked for then; and a replay convolves as the run did.
    @Test(arguments: [ConvolutionAlgorithm.direct, .winograd])
    func aRunGoesOnAsItWasBegun(begun: ConvolutionAlgorithm) throws {
        let folder = try TemporaryFolder()
        let output = folder("run"), other = begun == .direct ? "winograd" : "direct"
        let whole = try certify(output, "--convolution", begun.rawValue)
        #expect(try algorithm(output) == (begun == .direct ? nil : "winograd"))
        // As a crash leaves it: with one certificate.
        let file = URL(fileURLWithPath: "\(output)/certificates.jsonl")
        let first = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))[0] + [UInt8(ascii: "\n")]
        try first.write(to: file)
        let resumed = try certify(output, "--convolution", other)
        #expect(resumed.untimedLines == whole.untimedLines)
        #expect(try algorithm(output) == (begun == .direct ? nil : "winograd"))
        let replay = try Command("verify", output, "--model", Self.model, "--data", "synthetic", "--replay", "all")
        #expect(replay.status == 0, "\(replay)")
    }

    /// So does another run that continues with its votes.
    @Test func anExtensionConvolvesAsTheRunBefore() throws {
        let folder = try TemporaryFolder()
        let small = try certify(folder("small"), "--convolution", "direct")
        let large = try certify(folder("large"), "--max", "5", "--extend", folder("small"))
        #expect(large.lines.count == 5 && large.untimedLines.starts(with: small.untimedLines))
        #expect(try algorithm(folder("large")) == nil)
    }

    /// By default a run uses the faster one; for a model whose convolutions do not suit it, nothing is recorded.
    @Test func whatWasComputedIsRecorded() throws {
        let folder = try TemporaryFolder()
        _ = try certify(folder("run"))
        #expect(try algorithm(folder("run")) == "winograd")
        _ = try DigitsRun.make(folder("digits"))
        #expect(try algorithm(folder("digits")) == nil)
    }

    /// The base classifier judges attacks with direct convolutions, because proofs are about those.
    @Test func attacksRecordHowTheyConvolve() throws {
        let folder = try TemporaryFolder()
        for (attack, convolution) in [("pgd", "winograd"), ("deepfool", nil)] as [(String, String?)] {
            let command = try Command(
                ["attack", Self.model, "--data", "synthetic", "--attack", attack, "--norm", "l2", "--max", "4", "--output", folder(attack)]
                    + (attack == "pgd" ? ["--epsilon", "0.5"] : []))
            try #require(command.status == 0, "\(command)")
            let record = try AttackRun(of: URL(fileURLWithPath: folder(attack))).record
            #expect(record.environment?.convolution == convolution)
            let verified = try Command("verify", folder(attack), "--model", Self.model, "--data", "synthetic")
            #expect(verified.status == 0, "\(verified)")
        }
    }
}
