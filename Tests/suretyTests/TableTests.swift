import Foundation
import TestSupport
import Testing

@Suite struct TableTests {
    /// The public logs of Cohen, Rosenfeld and Kolter give their published table.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func tabulatesPublicLogs() throws {
        let logs = try SharedModel.url("reference/cohen-logs")
        // log, dataset, training_noise, sigma, split, radius, certified_correct, total, certified_accuracy, published
        let truth = try String(contentsOf: logs.appendingPathComponent("expected.csv"), encoding: .utf8)
        let expected = rows(truth).dropFirst()
        let names = Set(expected.map { $0[0] }).sorted()
        let radii = Set(expected.map { $0[5] }).sorted()
        #expect(names.count == 2 && radii.count == 7)
        let command = try Command(
            ["table", "--radii", radii.joined(separator: ","), "--format", "csv"]
                + names.map { logs.appendingPathComponent($0).path })
        #expect(command.status == 0, "\(command)")
        let table = rows(command.output)
        #expect(table.count == 3)
        for line in expected {
            let column = try #require(table[0].firstIndex(of: "certified_\(line[5])"))
            let run = try #require(table.first { line[0].hasSuffix("/" + $0[0]) })
            let accuracy = try #require(Double(run[column]))
            #expect(accuracy == Double(line[8]), "\(line)")
            if let published = Double(line[9]) { #expect(abs(accuracy - published) <= 0.005 + 1e-12, "\(line)") }
        }
    }

    @Test func readsOurRunsAndOurTables() throws {
        let folder = try TemporaryFolder()
        let certificates = try DigitsRun.make(folder("run")).certificates()
        try folder.copy("run/certificates.tsv", to: "log.tsv")
        let command = try Command("table", folder("run"), folder("log.tsv"), "--radii", "0,0.5", "--format", "csv")
        #expect(command.status == 0, "\(command)")
        let table = rows(command.output)
        let radii = certificates.map { $0.class == $0.label ? $0.radius : nil }
        for (name, radius) in [("certified_0", 0.0), ("certified_0.5", 0.5)] {
            let column = try #require(table[0].firstIndex(of: name))
            let accuracy = Double(radii.count { $0 ?? -1 >= radius }) / 12
            #expect(Double(table[1][column]) == accuracy && Double(table[2][column]) == accuracy)
        }
        let column = try #require(table[0].firstIndex(of: "acr"))
        let mean = radii.map { $0 ?? 0 }.reduce(0, +) / 12
        #expect(abs(try #require(Double(table[1][column])) - mean) < 1e-12)
        #expect(abs(try #require(Double(table[2][column])) - mean) < 1e-6)
    }

    @Test(arguments: [
        ("markdown", ["| run", "r = 0.5", "ACR", "abstained", "pA 50 %", "s per image"]),
        ("latex", [#"\begin{tabular}"#, #"\toprule"#, "r = 0.5", #"pA 50 \%"#]),
        ("json", [#""averageCertifiedRadius""#, #""abstained""#, #""radius" : 0.5"#]),
    ])
    func hasFormats(format: String, pieces: [String]) throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let command = try Command("table", folder("run"), "--radii", "0,0.5", "--format", format)
        #expect(command.status == 0, "\(command)")
        for piece in pieces { #expect(command.output.contains(piece), "\(piece)") }
        if format == "json" {
            let runs = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [[String: Any]]
            #expect(runs?.first?["images"] as? Int == 12)
        }
    }

    /// A run in hand is tabulated as far as it is, and called so.
    @Test func saysHowFarARunIs() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"))
        try folder.write(lines: run.lines.prefix(7), to: "run/certificates.jsonl")
        let command = try Command("table", folder("run"))
        #expect(command.status == 0 && command.output.contains("run (7 of 12 images)"), "\(command)")
    }

    /// A time that no run takes is no reason to crash.
    @Test func survivesHugeTimes() throws {
        let folder = try TemporaryFolder()
        try folder.write(lines: ["idx\tlabel\tpredict\tradius\tcorrect\ttime", "0\t1\t1\t0.5\t1\t1e300"], to: "log.tsv")
        let command = try Command("table", folder("log.tsv"))
        #expect(command.status == 0 && command.output.contains("log.tsv"), "\(command)")
    }

    @Test func oneBadFileDoesNotStopTheOthers() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        try folder.write(lines: ["idx\tlabel\tpredict\tradius\tcorrect\ttime"], to: "begun.tsv")
        let whole = try Command("table", folder("run"), "--radii", "0,0.5")
        let command = try Command("table", folder("begun.tsv"), folder("run"), "--radii", "0,0.5")
        #expect(command.status == 1 && command.output == whole.output, "\(command)")
        #expect(command.errors.contains("left out: ") && command.errors.contains("begun.tsv: there are no results"))
        #expect(try Command("table", folder("begun.tsv")).refused(naming: "begun.tsv"))
        #expect(try Command(
            "attack", DigitsRun.model, "--data", "synthetic", "--max", "2", "--attack", "fgsm", "--epsilon", "0.1", "--output",
            folder("attack")).status == 0)
        #expect(try Command("table", folder("attack")).refused(naming: "'surety plot'"))
    }

    @Test func refusesWhatCannotBe() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"))
        func table(_ arguments: String...) throws -> Command { try Command(["table"] + arguments) }
        #expect(try table().refused(naming: "runs"))
        #expect(try table(folder("none")).refused(naming: folder("none")))
        #expect(try table(folder.url.path).refused(naming: "run.json"))
        #expect(try table(folder("run"), "--radii", "0,-1").refused(naming: "-1"))
        #expect(try table(folder("run"), "--radii", "0,,1").refused(naming: "--radii"))
        #expect(try table(folder("run"), "--format", "html").refused(naming: "html"))
        try folder.write(lines: ["idx\tlabel\tpredict\tradius\tcorrect\ttime", "0\t1\t1\tfar\t1\t2"], to: "log.tsv")
        #expect(try table(folder("log.tsv")).refused(naming: "log.tsv, line 2"))
        let altered = run.lines[1].replacing("\"image\":3", with: "\"image\":4")
        try folder.write(lines: [run.lines[0], altered], to: "run/certificates.jsonl")
        #expect(try table(folder("run")).refused(naming: "certificates.jsonl line 2"))
    }

    /// The fields of a text of comma-separated values without quotes.
    private func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }
}
