import Foundation
import TestSupport
import Testing

@Suite struct PredictTests {
    private func predict(_ output: String, _ more: String...) throws -> RunFiles {
        let command = try Command(DigitsRun.arguments(output, more, method: "predict"))
        #expect(command.status == 0, "\(command)")
        return try RunFiles(output)
    }

    /// PREDICT answers the class with most votes or none, and counts none that CERTIFY counted: they share no noise.
    @Test func answersTheClassWithMostVotes() throws {
        let folder = try TemporaryFolder()
        let run = try predict(folder("run"), "--sigma", "2", "--max", "60")
        #expect(run.record["method"] as? String == "predict")
        #expect(run.group("settings")["n0"] == nil)
        #expect(run.rows[0] == "idx\tlabel\tpredict\tcorrect\ttime")
        let predictions = try run.certificates()
        let certificates = try DigitsRun.make(folder("certified"), "--sigma", "2", "--max", "60").certificates()
        #expect(zip(predictions, certificates).allSatisfy { $0.counts != $1.counts })
        for prediction in predictions {
            let pValue = try #require(prediction.pValue)
            let most = try #require(prediction.counts.max())
            #expect(prediction.verdict == (pValue <= 0.001 ? "predicted" : "abstained"))
            #expect(prediction.class == (pValue <= 0.001 ? prediction.counts.firstIndex(of: most) : nil))
            #expect(prediction.radius == nil && prediction.selectionCounts == nil)
        }
        #expect(Set(predictions.map(\.verdict)) == ["predicted", "abstained"])
    }

    @Test func isTheSameForEveryBatchThreadCountAndResume() throws {
        let folder = try TemporaryFolder()
        let truth = try predict(folder("truth"))
        #expect(try predict(folder("other"), "--threads", "3", "--batch", "7").untimedLines == truth.untimedLines)
        try folder.copy("truth", to: "cut")
        try folder.write(lines: truth.lines[..<5], to: "cut/certificates.jsonl")
        let resumed = try predict(folder("cut"))
        #expect(resumed.untimedLines == truth.untimedLines && Array(resumed.lines[..<5]) == Array(truth.lines[..<5]))
    }

    @Test func isVerifiedAndTabulated() throws {
        let folder = try TemporaryFolder()
        _ = try predict(folder("run"))
        let verify = try Command(DigitsRun.verify(folder("run"), replay: "all"))
        #expect(verify.status == 0 && verify.output.contains("12 replayed"), "\(verify)")
        let table = try Command("table", folder("run"))
        #expect(table.status == 0 && table.output.contains("abstained"), "\(table)")
        #expect(!table.output.contains("Certified accuracy"))
        let plot = try Command("plot", folder("run"), "--output", folder("curve.svg"))
        #expect(plot.refused(naming: "predictions without radii"), "\(plot)")
    }

    @Test func hasNoSelection() throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run"), ["--n0", "10"], method: "predict"))
        #expect(command.refused(naming: "--n0"))
    }
}
