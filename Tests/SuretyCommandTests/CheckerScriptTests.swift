import Foundation
import TestSupport
import Testing

/// examples/checker: a second verifier of integer networks' certificates, in Python, which shares no code.
@Suite struct CheckerScriptTests {
    private static let script = PythonScript("checker/check.py")

    /// Whether it can run here.
    private static let isAtHand = script.isAtHand

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        #expect(try Command("data", "export", "synthetic", "--output", folder("digits.npz")).status == 0)
    }

    private func certify(_ model: String, _ more: String..., output: String) throws {
        let command = try Command(
            ["certify", model, "--data", "synthetic", "--n0", "30", "--skip", "50", "--max", "3", "--output", folder(output)] + more)
        #expect(command.status == 0, "\(command)")
    }

    private func check(_ run: String, of model: String) throws -> (status: Int32, output: String) {
        try Self.script(folder(run), "--model", model, "--data", folder("digits.npz"))
    }

    /// The bundled model of digits, in integers.
    private func quantised() throws -> String {
        #expect(try Command(
            "quantise", DigitsRun.model, "--data", "synthetic", "--split", "train", "--sigma", "0.5", "--compare", "50",
            "--output", folder("int8.onnx")).status == 0)
        return folder("int8.onnx")
    }

    @Test(.enabled(if: isAtHand)) func countsTheSameVotesAndBounds() throws {
        let model = try quantised()
        for (bound, norm) in [("two-bound", "l2"), ("clopper-pearson", "linf")] {
            try certify(model, "--sigma", "1", "--n", "300", "--bound", bound, "--norm", norm, output: bound)
            let found = try check(bound, of: model)
            #expect(found.status == 0 && found.output == "3 of 3 certificates checked, 0 objections\n", "\(found)")
        }
    }

    @Test(.enabled(if: isAtHand)) func decidesTheSameColumns() throws {
        let model = try quantised()
        for bound in ["two-bound", "clopper-pearson"] {
            try certify(model, "--sigma", "1", "--n", "500", "--radii", "0.25,0.5,1", "--bound", bound, output: bound)
            let found = try check(bound, of: model)
            #expect(found.status == 0 && found.output.contains("3 of 3 certificates checked, 0 objections"), "\(found)")
        }
    }

    @Test(.enabled(if: isAtHand)) func findsTheSameLargestRadiusAndGoesOn() throws {
        let model = try quantised()
        try certify(model, "--sigma", "1", "--stop-at", "0.1", "--n", "300", output: "small")
        try certify(model, "--sigma", "1", "--stop-at", "0.1", "--n", "900", "--extend", folder("small"), output: "large")
        for run in ["small", "large"] {
            let found = try check(run, of: model)
            #expect(found.status == 0 && found.output.contains("3 of 3 certificates checked, 0 objections"), "\(found)")
        }
    }

    /// Sums, zero points, groups, dilation, concatenation, tables, means; and ONNX Runtime's own quantiser.
    @Test(.enabled(if: isAtHand), arguments: ["lenet", "residual", "mixed", "foreign", "units"]) func knowsEveryLayer(name: String) throws {
        let model = DigitsRun.repository.appendingPathComponent("Tests/NetworksTests/Fixtures/integer_\(name).onnx").path
        try certify(model, "--sigma", "1", "--n", "100", output: "run")
        let found = try check("run", of: model)
        #expect(found.status == 0 && found.output.contains(", 0 objections"), "\(found)")
    }

    @Test(.enabled(if: isAtHand)) func findsWhatIsFalse() throws {
        let model = try quantised()
        try certify(model, "--sigma", "0.25", "--n", "100", output: "run")
        try certify(model, "--sigma", "0.25", "--n", "500", "--radii", "0.1", output: "columns")
        #expect(try check("run", of: DigitsRun.model).status == 1)
        func altered(_ run: String, _ words: String, _ alter: (String) throws -> String) throws {
            let file = folder.url("\(run)/certificates.jsonl")
            let honest = try String(contentsOf: file, encoding: .utf8)
            let false_ = try alter(honest)
            #expect(false_ != honest)
            try Data(false_.utf8).write(to: file)
            let found = try check(run, of: model)
            #expect(found.status == 1 && found.output.contains(words), "\(found)")
            try Data(honest.utf8).write(to: file)
        }
        try altered("run", "radius is ") { $0.replacing(/"radius":0\.(\d)/) { "\"radius\":1.\($0.output.1)" } }
        try altered("run", "and the votes ") { $0.replacing(/"counts":\[0,0,/, with: "\"counts\":[1,0,") }
        try altered("run", "selectionCounts are ") { $0.replacing(/"selectionCounts":\[0,0,/, with: "\"selectionCounts\":[0,1,") }
        try altered("run", "another one") { $0.replacing(/"imageSHA256":"./, with: "\"imageSHA256\":\"x") }
        // A radius that no look has reached.
        let looks = try RunFiles(folder("columns")).lines
        #expect(looks.contains { $0.contains("\"radius\":0.1") })
        try altered("columns", "radii are certified") { $0.replacing("\"radius\":0.1,", with: "") }
        try altered("columns", "not at the samples") { $0.replacing("\"looks\":[", with: "\"looks\":[[0],") }
    }
}
