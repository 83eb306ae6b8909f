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
        ("json", [#""averageCertifiedRadius""#, #""abstained""#, #""radius": 0.5"#]),
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

    /// Above every table, and in every other form, stands what its figures rest on.
    @Test func statesWhatItRestsOn() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"), "--seed", "7", "--bound", "two-bound", "--mean", "0.125", "--std", "0.25")
        let digest = try #require(run.group("model")["sha256"] as? String)
        let text = try Command("table", folder("run")).output
        let tables = text.components(separatedBy: "\n\n")
        #expect(tables[0] == "What each run states." && tables[1].starts(with: /\| run \| +method \|/))
        let cells = tables[1].split(separator: "\n")[2].split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(cells.prefix(10) == [
            "run", "certify", "σ = 1.0 on 1/255", "0.001", "100", "500", "7", "two-bound", "ℓ₂", "mean 0.125, std 0.25",
        ])
        #expect(cells[10].hasPrefix("digits.onnx \(digest.prefix(12))") && cells[11].hasPrefix("synthetic (test) "))
        #expect(cells[12] == "12 of 1000")
        #expect(text.matches(of: /\| +method \|/).count == 1)
        let csv = try rows(Command("table", folder("run"), "--format", "csv").output)
        for (column, value) in [("sigma", "1.0"), ("grid", "1/255"), ("alpha", "0.001"), ("n0", "100"), ("n", "500"), ("seed", "7"), ("mean", "0.125"), ("model_sha256", digest)] {
            let place = try #require(csv[0].firstIndex(of: column))
            #expect(csv[1][place] == value, "\(column)")
        }
        let json = try Command("table", folder("run"), "--format", "json").output
        let statement = try (JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])?[0]["statement"] as? [String: Any]
        #expect((statement?["noise"] as? [String: Any])?["sigma"] as? Double == 1 && statement?["modelSHA256"] as? String == digest)
        #expect(try Command("table", folder("run"), "--format", "latex").output.contains("mean 0.125, std 0.25"))
    }

    /// With α = 0.999 everything is certified, and nothing is: the table says so, and stays what a program can read.
    @Test func warnsOfWhatMeansNothing() throws {
        let folder = try TemporaryFolder()
        try WorthlessRun.write(to: folder("run"))
        let text = try Command("table", folder("run"))
        #expect(text.status == 0 && text.output.contains("WARNING, run: α = 0.999 "), "\(text)")
        for format in ["csv", "json"] {
            let table = try Command("table", folder("run"), "--format", format)
            #expect(table.status == 0 && table.output.contains("0.999") && !table.output.contains("WARNING"))
            #expect(table.errors.contains("warning: run: α = 0.999 "), "\(table)")
        }
    }

    /// The best of two σ at each radius, and what an attack left beside it.
    @Test func hasAnEnvelope() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("weak"), "--sigma", "0.5")
        _ = try DigitsRun.make(folder("strong"))
        #expect(try Command(
            "attack", DigitsRun.model, "--data", "synthetic", "--max", "4", "--attack", "pgd", "--norm", "l2", "--epsilon", "0.5,1",
            "--set", "steps=5", "--output", folder("attack")).status == 0)
        let arguments = ["table", folder("weak"), folder("strong"), "--radii", "0,0.5,1,2"]
        let single = try rows(Command(arguments + ["--format", "csv"]).output)
        let envelope = try rows(Command(arguments + ["--envelope", "--format", "csv"]).output)
        #expect(envelope[0] == ["radius", "certified_accuracy", "run", "true_at_least"] && envelope.count == 5)
        for line in envelope.dropFirst() {
            let radius = try #require(Double(line[0]))
            let column = try #require(single[0].firstIndex(of: String(format: "certified_%g", radius)))
            let accuracies = try single.dropFirst().map { try #require(Double($0[column])) }
            #expect(Double(line[1]) == accuracies.max())
            #expect(line[2] == (accuracies[0] >= accuracies[1] ? "weak" : "strong"))
        }
        let text = try Command(arguments + [folder("attack"), "--envelope"])
        #expect(text.status == 0 && text.output.contains("Envelope: the best of 2 runs"), "\(text)")
        #expect(text.output.contains("| attack: base classifier under attack |") && text.output.contains("held to a probability of 99.5 %"))
        #expect(text.output.contains("| weak, Cohen's bound") && text.output.contains("| strong, Cohen's bound"))
        _ = try DigitsRun.make(folder("fewer"), "--max", "6")
        #expect(try Command("table", folder("weak"), folder("fewer"), "--envelope").refused(naming: "different images"))
    }

    /// An unfinished run is tabulated as far as it goes, and marked as unfinished.
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
        #expect(try table(folder.root.path).refused(naming: "run.json"))
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
