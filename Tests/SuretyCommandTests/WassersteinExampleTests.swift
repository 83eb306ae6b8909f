import Foundation
import TestSupport
import Testing

/// The experiment in examples/wasserstein.
@Suite struct WassersteinExampleTests {
    private static let executable = Command.product("wasserstein")

    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func attacksTwoImages() throws {
        let model = try SharedModel.path("models/sinkhorn_mnist_vanilla.onnx")
        let data = ["SURETY_DATA": try SharedModel.path("data")]
        let run = try RunningCommand(["2", model, model], of: Self.executable, environment: data).wait()
        #expect(run.status == 0, "\(run.errors)")
        let rows = run.output.split(separator: "\n").map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        try #require(rows.count == 6 && rows.allSatisfy { $0.count == 16 }, "\(run.output)")
        // One network twice: the same accuracy, its own, and the same successes.
        let measured = try SharedModel("sinkhorn_mnist_vanilla").measured
        let accuracy = 100 * Double(measured.top1Correct) / Double(measured.top1Total)
        #expect(rows[2...].allSatisfy { Double($0[1]).map { abs($0 - accuracy) < 0.02 } ?? false }, "\(run.output)")
        #expect(rows[4] == rows[2] && rows[5] == rows[3])
        // What succeeded at a radius has succeeded at each larger one; of two images the lower end is √0.025 for both.
        for row in rows[2...] {
            let rates = row[3..<14].compactMap { Int($0.prefix { $0 != " " }) }
            #expect(rates.count == 11 && rates == rates.sorted() && row[13] == "100 (16–100)")
        }
    }

    @Test func refusesWhatIsNoNumber() throws {
        for arguments in [[], ["2"], ["none", "model.onnx"], ["0", "model.onnx"]] {
            let run = try RunningCommand(arguments, of: Self.executable).wait()
            #expect(run.status == 1 && run.errors.contains("usage: wasserstein") && run.output.isEmpty)
        }
    }
}
