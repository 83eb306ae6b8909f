import Foundation
import Testing
import TestSupport

/// Runs that the first version made, with noise in floating point: readable and verifiable, and called what they are.
@Suite struct FirstVersionTests {
    private static let runs = DigitsRun.repository.appendingPathComponent("Tests/SuretyCommandTests/Fixtures/version-1").path

    @Test(arguments: ["certify", "two-bound", "predict", "attack"]) func verifies(run: String) throws {
        let command = try Command("verify", "\(Self.runs)/\(run)", "--model", DigitsRun.model, "--data", "synthetic")
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("σ = 1.0, float"))
        #expect(command.output.contains("WARNING: float noise: not proven"))
    }

    @Test func tablesAndReportsSayIt() throws {
        let folder = try TemporaryFolder()
        let table = try Command("table", "\(Self.runs)/certify", "\(Self.runs)/two-bound")
        #expect(table.status == 0 && table.output.contains("float noise: not proven"), "\(table)")
        let report = try Command("report", "\(Self.runs)/certify", "\(Self.runs)/attack", "--output", folder("report.md"))
        #expect(report.status == 0, "\(report)")
        #expect(String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self).contains("float noise: not proven"))
    }

    /// They belong to a different classifier than those on a grid: they are neither continued nor compared with each other.
    @Test func aRunIsNotGoneOnWith() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: "\(Self.runs)/certify", toPath: folder("run"))
        let command = try Command(DigitsRun.arguments(folder("run"), ["--bound", "clopper-pearson"]))
        #expect(command.status != 0 && command.errors.contains("settings.noise.grid: nothing there, 255 here"), "\(command)")
    }
}
