import Foundation
import TestSupport
import Testing

/// The experiment in examples/wasserstein, on networks that are there already.
@Suite struct WassersteinExampleTests {
    private static let executable = Command.executable.deletingLastPathComponent().appendingPathComponent("wasserstein")

    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func attacksOneImage() throws {
        let folder = try TemporaryFolder()
        let model = try Data(contentsOf: SharedModel.url("models/sinkhorn_mnist_vanilla.onnx"))
        for name in ["standard", "sinkhorn", "wassertrain"] { try folder.write(model, to: "\(name).onnx") }
        let data = ["SURETY_DATA": try SharedModel.path("data")]
        let run = try RunningCommand([folder.url.path, "1"], of: Self.executable, environment: data).wait()
        #expect(run.status == 0, "\(run.errors)")
        let rows = run.output.split(separator: "\n").map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        try #require(rows.count == 8 && rows.allSatisfy { $0.count == 15 }, "\(run.output)")
        // One network under three names: the same accuracy, its own, and the same successes.
        let measured = try SharedModel("sinkhorn_mnist_vanilla").measured
        let accuracy = 100 * Double(measured.top1Correct) / Double(measured.top1Total)
        #expect(rows[2...].allSatisfy { Double($0[1]).map { abs($0 - accuracy) < 0.02 } ?? false }, "\(run.output)")
        #expect(rows[4][1...] == rows[2][1...] && rows[7][1...] == rows[3][1...])
        // What succeeded at a radius has succeeded at each larger one.
        for row in rows[2...] {
            let rates = row[3..<13].compactMap(Int.init)
            #expect(rates.count == 10 && rates == rates.sorted() && rates.last == 100)
        }
    }

    @Test func refusesWhatIsNoNumber() throws {
        for arguments in [[], ["/tmp", "none"], ["/tmp", "0"]] {
            let run = try RunningCommand(arguments, of: Self.executable).wait()
            #expect(run.status == 1 && run.errors.contains("usage: wasserstein") && run.output.isEmpty)
        }
    }
}
