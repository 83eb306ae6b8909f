import Foundation
import SuretyReports
import SuretyTensors
import Testing
import TestSupport

@Suite struct EnvelopeTests {
    /// Radii of correct images; the others are wrong.
    private func run(_ name: String, _ radii: [Double?], alpha: Double? = nil, norm: Norm? = nil) -> ReportedRun {
        ReportedRun(
            name: name,
            images: radii.enumerated().map { ReportedImage(index: $0, label: 1, prediction: $1 == nil ? 0 : 1, radius: $1 ?? 0.7) },
            alpha: alpha, norm: norm)
    }

    /// Small radii of many images against large ones of few.
    private var runs: [ReportedRun] { [run("low", [0.2, 0.2, 0.3, 0.3, nil]), run("high", [nil, nil, 0.3, 1, 1])] }

    @Test func theBestIsThatOfTheRadius() throws {
        let envelope = try Envelope(runs, radii: [0, 0.2, 0.25, 0.3, 0.31, 1, 1.1])
        #expect(envelope.best.map(\.run) == ["low", "low", "high", "high", "high", "high", "low"])
        #expect(envelope.best.map(\.count) == [4, 4, 3, 3, 2, 2, 0] && envelope.runs == 2 && envelope.images == 5)
        #expect(envelope.best.map(\.fraction) == [0.8, 0.8, 0.6, 0.6, 0.4, 0.4, 0])
        #expect(envelope.best.allSatisfy { $0.trueFractionAtLeast == nil })
    }

    /// Each of k runs is held to ρ/k: Bernstein by hand, and less than the winner's own statement.
    @Test func theChoiceHasItsPrice() throws {
        let m = 200
        let runs = [0.3, 0.6, 0.9].enumerated().map { number, reach in
            run("\(number)", (0..<m).map { Double($0) * reach / Double(m) }, alpha: 0.001)
        }
        let best = try Envelope(runs, radii: [0.45], rho: 0.01).best[0]
        #expect(best.run == "2" && best.count == 100)
        let perImage = log(3 / 0.01) / Double(m)
        let expected = 0.5 - 0.001 - (2 * 0.001 * 0.999 * perImage).squareRoot() - perImage / 3
        #expect(abs(try #require(best.trueFractionAtLeast) - expected) < 1e-12)
        let alone = try TableFigures(runs[2], radii: [0.45], rho: 0.01).certified[0].trueFractionAtLeast
        #expect(try #require(best.trueFractionAtLeast) < #require(alone))
    }

    /// What is promised for the winner holds as often as promised, also when every run is as bad as α lets it be, and all are
    /// alike except for luck.
    @Test func thePromiseHoldsForTheLuckiest() throws {
        var random = SeededGenerator(seed: 7)
        let (m, k, alpha, rho, trials) = (300, 8, 0.05, 0.1, 400)
        var (broken, unpaid) = (0, 0)
        for _ in 0..<trials {
            // Half of the images are truly robust and certified; each of the others has a false certificate with probability α.
            let runs = (0..<k).map { number in
                run("\(number)", (0..<m).map { $0 % 2 == 0 || Double.random(in: 0..<1, using: &random) < alpha ? 1 : nil }, alpha: alpha)
            }
            let best = try Envelope(runs, radii: [0.5], rho: rho).best[0]
            broken += try #require(best.trueFractionAtLeast) > 0.5 ? 1 : 0
            // Without any allowance for false certificates than their mean.
            unpaid += best.fraction - alpha / 2 > 0.5 ? 1 : 0
        }
        #expect(Double(broken) <= rho * Double(trials) && Double(unpaid) > 0.8 * Double(trials), "\(broken), \(unpaid)")
    }

    /// The table of Salman et al., table 2, row "ours".
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip)) func givesThePublishedTable() throws {
        let logs = try #require(SharedData.url("reference/salman-logs"))
        let names = try FileManager.default.contentsOfDirectory(atPath: logs.path).filter { $0.hasSuffix(".tsv") }.sorted()
        let runs = try names.map { try ReportedRun(table: logs.appendingPathComponent($0), name: $0) }
        let rows = try String(contentsOf: logs.appendingPathComponent("expected.csv"), encoding: .utf8)
            .split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        #expect(runs.count == 14 && rows.count == 10)
        let envelope = try Envelope(runs, radii: rows.map { try #require(Double($0[0])) })
        for (row, best) in zip(rows, envelope.best) {
            #expect(best.fraction == Double(row[1]) && best.run == row[2], "\(row): \(best)")
        }
    }

    @Test func standsInTheTable() throws {
        let named = [run("low", [0.2, 0.2, 0.3, 0.3, nil], alpha: 0.001), run("high, σ = 1", [nil, nil, 0.3, 1, 1], alpha: 0.001)]
        let table = try ReportTable(named, radii: [0, 0.5], hasEnvelope: true)
        let text = try table.text(.markdown)
        #expect(text.contains("""
            | r   | certified accuracy | truly robust |    best run |
            |-----|-------------------:|-------------:|------------:|
            | 0   |              0.800 |        0.399 |         low |
            | 0.5 |              0.400 |        0.000 | high, σ = 1 |
            """), "\(text)")
        #expect(text.contains("best of 2 runs") && text.contains("with 1 − 2α") && text.contains("held to a probability of 99.5 %"))
        let csv = try table.text(.csv).split(separator: "\n")
        #expect(csv[0] == "radius,certified_accuracy,run,true_at_least" && csv[1].hasPrefix("0.0,0.8,low,0.39"))
        #expect(csv[2] == #"0.5,0.4,"high, σ = 1",0.0"# && csv.count == 3)
        let json = try JSONSerialization.jsonObject(with: Data(table.text(.json).utf8)) as? [String: Any]
        #expect((json?["runs"] as? [Any])?.count == 2 && (json?["envelope"] as? [String: Any])?["runs"] as? Int == 2)
        // Logs state no α.
        #expect(try ReportTable(runs, radii: [0], hasEnvelope: true).text(.markdown).contains("logs state no α"))
        #expect(try !ReportTable(runs, radii: [0]).text(.markdown).contains("Envelope"))
    }

    /// The pieces drawn are the higher of the two curves everywhere, each in the colour of the run that it is.
    @Test func drawsTheHigherCurve() throws {
        let curves = try CurvePlot.Curve.envelope(of: runs)
        let script = try CurvePlot(curves: curves).script(.svg, output: "'curve.svg'")
        func points(_ index: Int) throws -> [String] {
            let start = try #require(script.range(of: "$curve\(index) << END\n")?.upperBound)
            let end = try #require(script.range(of: "\nEND", range: start..<script.endIndex)?.lowerBound)
            return script[start..<end].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(try points(0) == ["0.0 0.8", "0.2 0.8"])
        #expect(try points(1) == ["0.2 0.8", "0.2 0.6", "0.3 0.6", "0.3 0.4", "1.0 0.4", "1.0 0.0"])
        #expect(script.contains("certified accuracy, best at each radius") && script.contains("title 'low'") && script.contains("title 'high'"))
        // A run that is best in two places is one curve, with the pen lifted between, and one that is best nowhere is none.
        let three = try CurvePlot.Curve.envelope(of: [run("a", [0.1, 0.1, 0.9]), run("b", [0.5, 0.5, nil]), run("c", [0.1, nil, nil])])
        #expect(three.count == 2)
        #expect(try CurvePlot(curves: three).script(.svg, output: "''").contains("0.1 1.0\n\n0.5 0.6666666666666666\n"))
    }

    @Test func refusesWhatCannotBeCompared() {
        func refused(_ runs: [ReportedRun], rho: Double = 0.01, _ words: String) {
            let error = #expect(throws: ReportError.self) { try Envelope(runs, radii: [0], rho: rho) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        refused([], "no runs")
        refused([run("a", [1, 1]), run("b", [1])], "different images")
        refused([run("a", [1]), run("b", [1], norm: .linf)], "norms")
        refused([run("a", [1]), ReportedRun(name: "p", images: [ReportedImage(index: 0, label: 1, prediction: 1, radius: nil)])], "without radii")
        refused([run("a", [1], alpha: 0.001)], rho: 1, "rho")
    }
}
