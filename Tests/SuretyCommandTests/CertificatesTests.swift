import Foundation
import TestSupport
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
        let model = ["examples", "examples/models"].map { "\($0)/\(record.model.file)" }
            .first { FileManager.default.fileExists(atPath: Self.package.appending(path: $0).path) }
        let arguments = ["verify", "Certificates/\(run)", "--model", try #require(model)]
        let data: [String]
        if record.data.name == "synthetic" { data = ["--data", "synthetic"] } else if SharedData.isAvailable {
            data = ["--data", record.data.name, "--data-root", try SharedModel.path("data")]
        } else {
            print("the data of \(run) are not checked: \(SharedData.reasonToSkip)")
            data = []
        }
        let command = try Command(arguments + data, in: Self.package)
        #expect(command.status == 0, "\(command.output)\(command.errors)")
        #expect(command.output.contains("verified from their votes"))
    }

    @Test func thereAreSome() {
        #expect(Self.runs.contains("digits-sigma-0.5"))
        #expect(Self.runs.contains("mnist-gaussian-0.5"))
    }

    private struct Record: Decodable {
        struct Model: Decodable { let file: String }
        struct Data: Decodable { let name: String }
        let model: Model
        let data: Data
    }
}
