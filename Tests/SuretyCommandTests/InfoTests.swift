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

    /// A model whose height and width are open, as `evaluate` reads it with the data's shape, needs the shape.
    @Test func openExtentsAreGiven() throws {
        let folder = try TemporaryFolder()
        var model = try Data(contentsOf: URL(fileURLWithPath: DigitsRun.model))
        // Protobuf: an axis with the extent 28, in whose place comes one with a name, which is empty.
        var count = 0
        while let place = model.range(of: Data([0x0A, 0x02, 0x08, 0x1C])) {
            model.replaceSubrange(place, with: [0x0A, 0x02, 0x12, 0x00])
            count += 1
        }
        #expect(count == 2)
        let open = try folder.write(model, to: "open.onnx").path
        let refusal = try Command("info", open)
        #expect(refusal.refused(naming: "open.onnx") && refusal.errors.contains("--shape"), "\(refusal)")
        let whole = try Command("info", DigitsRun.model)
        func table(_ command: Command) -> String? { command.output.components(separatedBy: "sha256").first }
        for shape in ["1x28x28", "1×28×28", "1,28,28"] {
            let command = try Command("info", open, "--shape", shape)
            #expect(command.status == 0 && table(command) == table(whole), "\(command)")
        }
        #expect(try Command("evaluate", open, "--data", "synthetic", "--max", "3").status == 0)
        for shape in ["28", "1xx28", "0x28x28", "3x28x28", "wide"] {
            #expect(try Command("info", open, "--shape", shape).status != 0)
        }
    }

    @Test func normalisationIsALayer() throws {
        let command = try Command("info", DigitsRun.model, "--mean", "-0.5", "--std", "0.25")
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("normalisation"))
        #expect(command.output.contains("46,732"))
    }
}
