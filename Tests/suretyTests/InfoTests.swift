import Foundation
import TestSupport
import Testing

@Suite struct InfoTests {
    /// The figures are made by hand: of a 5×5 convolution from 1 to 16 channels with 12×12 results, and so on.
    @Test func describesEveryLayer() throws {
        let command = try Command("info", DigitsRun.model)
        #expect(command.status == 0)
        let rows = command.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows[0] == ["layer", "output", "parameters", "multiply-accumulates"])
        #expect(rows.contains(["/0/Conv", "convolution", "5×5,", "stride", "2×2", "16×12×12", "416", "57,600"]))
        #expect(rows.contains(["/5/Gemm", "dense", "64", "32,832", "32,768"]))
        #expect(rows.contains(["total", "46,730", "295,808"]))
        #expect(command.output.contains("opset 13, written by pytorch"))
    }

    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: SharedModel.names)
    func countsAsTheSourcesDo(name: String) throws {
        let expected = try SharedModel(name)
        let command = try Command("info", SharedModel.path("models/\(name).onnx"))
        #expect(command.status == 0, "\(command)")
        let total = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("total") })
        let figures = total.split(separator: " ").suffix(2).map { Int($0.filter(\.isNumber)) }
        #expect(figures == [expected.parameters, expected.macsPerImage])
        #expect(command.output.contains("sha256 \(expected.sha256)"))
        #expect(command.output.contains("opset \(expected.opset)"))
    }

    @Test func normalisationIsALayer() throws {
        let command = try Command("info", DigitsRun.model, "--mean", "-0.5", "--std", "0.25")
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("normalisation"))
        #expect(command.output.contains("46,732"))
    }
}
