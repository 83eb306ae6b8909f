import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretySmoothing
import SuretyTensors
import Testing

@Suite struct ReportedRunTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")

    /// A directory as `surety certify` writes it, and its own table: both tell the same, to the table's digits.
    @Test func readsOurDirectories() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(to: "a/run", .certify(Certifier(noise: noise, alpha: 0.001, n0: 10, n: 100, norm: .linf)), certificates: 3)
        let run = try #require(try ReportedRun.read([path("a/run")]).first)
        #expect(run.name == "run")
        #expect(run.alpha == 0.001)
        #expect(run.norm == .linf)
        #expect(run.images == [
            ReportedImage(index: 0, label: 0, prediction: 0, radius: 0.1234567, seconds: 0.25, pALower: 0.9, hasAllVotes: false),
            ReportedImage(index: 1, label: 1, prediction: nil, radius: 0, seconds: 0.25, pALower: 0.4, hasAllVotes: false),
            ReportedImage(index: 2, label: 2, prediction: 0, radius: 0.1234567, seconds: 0.25, pALower: 0.9, hasAllVotes: false),
        ])
        let table = try #require(try ReportedRun.read([path("a/run/certificates.tsv")]).first)
        #expect(table.name == "certificates.tsv")
        #expect(table.images.map(\.prediction) == run.images.map(\.prediction))
        #expect(table.images.map(\.radius) == [0.123456, 0, 0.123456])
        #expect(table.images.map(\.isCorrect) == [true, false, false])
    }

    @Test func readsPredictions() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(to: "run", .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 3)
        for path in [path("run"), path("run/certificates.tsv")] {
            let run = try #require(try ReportedRun.read([path]).first)
            #expect(run.images.map(\.radius) == [nil, nil, nil])
            #expect(run.images.map(\.prediction) == [0, nil, 0])
        }
    }

    @Test func saysWhatIsNotFinished() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(to: "run", .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 2)
        #expect(try ReportedRun.read([path("run")]).map(\.name) == ["run (2 of 3 images)"])
    }

    @Test func namesTellRunsApart() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for place in ["a/run", "b/run", "b/other"] { try write(to: place, .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 3) }
        #expect(try ReportedRun.read([path("a/run"), path("b/other")]).map(\.name) == ["run", "other"])
        #expect(try ReportedRun.read([path("a/run"), path("b/run")]).map(\.name) == ["a/run", "b/run"])
    }

    @Test func namesTheAlteredLine() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(to: "run", .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 3)
        let journal = folder.appendingPathComponent("run/certificates.jsonl")
        let text = try String(contentsOf: journal, encoding: .utf8)
        try text.replacingOccurrences(of: "\"label\":1", with: "\"label\":2").write(to: journal, atomically: true, encoding: .utf8)
        let error = #expect(throws: ReportError.self) { try ReportedRun.read([path("run")]) }
        #expect(error?.description.contains("certificates.jsonl line 2") == true, "\(error?.description ?? "")")
    }

    /// One file that cannot be read, or holds nothing yet, does not stop the others.
    @Test func leavesOutWhatCannotBeRead() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(to: "run", .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 3)
        try write(to: "begun", .predict(Predictor(noise: noise, alpha: 0.001, n: 100)), certificates: 0)
        try "idx\tlabel\tpredict\tradius\tcorrect\ttime\n".write(
            to: folder.appendingPathComponent("empty.tsv"), atomically: true, encoding: .utf8)
        try "no log\n".write(to: folder.appendingPathComponent("other.tsv"), atomically: true, encoding: .utf8)
        let culprits = ["empty.tsv", "begun", "other.tsv", "nowhere"].map(path)
        let (runs, unread) = try ReportedRun.readable(among: [culprits[0], path("run")] + culprits[1...])
        #expect(runs.map(\.name) == ["run"])
        #expect(zip(unread.map(\.description), culprits).allSatisfy { $0.contains($1) } && unread.count == 4, "\(unread)")
        let error = #expect(throws: ReportError.self) { try ReportedRun.readable(among: culprits) }
        for culprit in culprits { #expect(error?.description.contains(culprit) == true) }
        for culprit in culprits { #expect(throws: ReportError.self) { try ReportedRun.read([path("run"), culprit]) } }
    }

    @Test func namesWhatIsMissing() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
        for name in ["empty", "nowhere"] {
            let error = #expect(throws: ReportError.self) { try ReportedRun.read([path(name)]) }
            #expect(error?.description.contains(path(name)) == true)
        }
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private var noise: Noise { get throws { try .gaussian(sigma: 0.25) } }

    /// A run over three images, of which the first are done: right, abstained, wrong.
    private func write(to name: String, _ procedure: SmoothingSettings.Procedure, certificates: Int) throws {
        let images = try LabelledImages(
            name: "made", split: .test, pixels: .uint8([1, 2, 3]), count: 3, shape: [1, 1, 1], labels: [0, 1, 2], source: "made")
        let settings = SmoothingSettings(procedure, seed: 0)
        let record = SmoothingRecord(
            model: ModelRecord(file: "m.onnx", sha256: String(repeating: "0", count: 64)), data: DataRecord(images),
            settings: settings, selection: .all,
            environment: RunEnvironment(processor: "any", threads: 1, batch: 1, libraries: "none"))
        let directory = try RunDirectory(at: folder.appendingPathComponent(name), for: record)
        for index in 0..<certificates {
            let outcome: Verdict.Outcome, evidence: Verdict.Evidence, selectionCounts: [Int]?
            if case .certify(let certifier) = procedure {
                outcome = index == 1 ? .abstained : .certified(class: 0, radius: 0.1234567, norm: certifier.norm)
                evidence = .bounds(pALower: index == 1 ? 0.4 : 0.9, pBUpper: nil)
                selectionCounts = [8, 1, 1]
            } else {
                outcome = index == 1 ? .abstained : .predicted(class: 0)
                evidence = .test(pValue: index == 1 ? 0.5 : 1e-9)
                selectionCounts = nil
            }
            try directory.append(Certificate(
                image: index, imageSHA256: images.imageSHA256(at: index), label: index, selectionCounts: selectionCounts,
                counts: [90, 5, 5], verdict: Verdict(outcome, evidence, confidence: 0.999), seconds: 0.25))
        }
        try directory.save()
    }
}
