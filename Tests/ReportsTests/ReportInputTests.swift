import Foundation
import SuretyReports
import Testing

/// Which directories a report joins, and what it says of others.
@Suite struct ReportInputTests {
    private func refusal(_ runs: [String]) -> String? {
        do {
            _ = try RobustnessReport(runs)
            return nil
        } catch { return error.description }
    }

    @Test func whatIsNoRunIsNamed() throws {
        let runs = try HandMadeRuns(images: 1)
        #expect(refusal([]) == "There are no runs to report on. Name at least one directory.")
        #expect(refusal([runs.folder("nowhere")])?.hasPrefix("\(runs.folder("nowhere")): there is no run.json in it.") == true)
        for (content, words) in [
            (#"{"method":"train"}"#, #""train" is not a run that a report can show"#), ("{}", "method"), ("no JSON", "run.json"),
            (#"{"method":"bounds"}"#, "run.json"), (#"{"method":"attack"}"#, "run.json"), (#"{"method":"certify"}"#, "run.json"),
        ] {
            try runs.folder.write(Data(content.utf8), to: "broken/run.json")
            let message = refusal([runs.folder("broken")]) ?? ""
            #expect(message.contains(runs.folder("broken")) && message.contains(words), "\(content): \(message)")
        }
    }

    /// The line is named, also where others are in order.
    @Test func aBrokenLineIsNamed() throws {
        let runs = try HandMadeRuns(images: 2)
        let bounds = try runs.bounds("bounds", [.init(), .init()])
        let attack = try runs.attack("attack", [.nothing, .nothing])
        for name in ["bounds/bounds.jsonl", "attack/attacks.jsonl"] {
            let lines = String(decoding: try #require(runs.folder.contents(of: name)), as: UTF8.self).split(separator: "\n")
            try runs.folder.write(lines: [String(lines[0]), String(lines[1].dropLast(2))], to: name)
        }
        #expect(refusal([bounds])?.contains("bounds.jsonl line 2") == true)
        #expect(refusal([attack])?.contains("attacks.jsonl line 2") == true)
    }

    /// Two certifications of one classifier may not be chosen from; of two noises, norms or models they may.
    @Test func oneCertificationForEachClassifier() throws {
        let runs = try HandMadeRuns(images: 1)
        let first = try runs.certificates("first", [(0, 0.5)])
        let second = try runs.certificates("second", [(0, 0.25)], alpha: 0.01)
        #expect(refusal([first, second])?.contains("\(first) and \(second) both certify one classifier (smoothed, σ = 0.25 on 1/255)") == true)
        let others = try [
            runs.certificates("noise", [(0, 0.5)], sigma: 0.5), runs.certificates("norm", [(0, 0.5)], norm: .linf),
            runs.certificates("model", of: HandMadeRuns.model(digit: 1), [(0, 0.5)]),
        ]
        let report = try RobustnessReport([first] + others)
        #expect(report.models.map(\.classifiers.count) == [3, 1] && report.statements.count == 4)
        // Proofs are true together, however many there are.
        #expect(try RobustnessReport(["a", "b"].map { try runs.bounds($0, [.init(proven: 0.1)]) }).models.count == 1)
    }

    /// Mass moved is another distance; beside other runs it is left out.
    @Test func attacksThatMoveMassStandAlone() throws {
        let runs = try HandMadeRuns(images: 1)
        let mass = try runs.attack("mass", norm: "wasserstein", radii: [0.5], [.nothing])
        #expect(refusal([mass])?.contains("Attacks that move mass") == true)
        let report = try RobustnessReport([mass, runs.bounds("bounds", [.init(proven: 0.1)])])
        #expect(report.models.map(\.classifiers.count) == [1] && report.models[0].classifiers[0].attacks.isEmpty)
        #expect(report.statements.map(\.name) == ["mass", "bounds"])
    }
}
