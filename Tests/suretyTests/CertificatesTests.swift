import Foundation
import Testing

/// The certificates published with the project are those of the models published with it.
@Suite struct CertificatesTests {
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static var runs: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: package.appending(path: "Certificates").path)
        return (names ?? []).filter { !$0.hasSuffix(".md") }.sorted()
    }

    /// From the votes alone, with model and data. Not replayed: on another processor a vote may differ where two
    /// logits are almost equal.
    @Test(arguments: runs)
    func verifies(run: String) throws {
        let record = try JSONDecoder().decode(
            Record.self, from: Data(contentsOf: Self.package.appending(path: "Certificates/\(run)/run.json")))
        let command = try Command(
            ["verify", "Certificates/\(run)", "--model", "examples/\(record.model.file)", "--data", record.data.name],
            in: Self.package)
        #expect(command.status == 0, "\(command.output)\(command.errors)")
        #expect(command.output.contains("verified from their votes"))
    }

    @Test func thereAreSome() {
        #expect(Self.runs.contains("digits-sigma-0.5"))
    }

    private struct Record: Decodable {
        struct Model: Decodable { let file: String }
        struct Data: Decodable { let name: String }
        let model: Model
        let data: Data
    }
}
