import Certification
import Foundation
import TestSupport
import Testing

@Suite struct VerifyTests {
    @Test func passesAnUntouchedRun() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let plain = try Command("verify", folder("run"))
        #expect(plain.status == 0, "\(plain)")
        #expect(plain.output.contains("12 certificates verified from their votes"))
        let some = try Command(DigitsRun.verify(folder("run"), replay: "3"))
        #expect(some.status == 0, "\(some)")
        #expect(some.output.contains("3 replayed with equal votes"))
        let all = try Command(DigitsRun.verify(folder("run"), replay: "all", ["--threads", "1"]))
        #expect(all.status == 0, "\(all)")
        #expect(all.output.contains("the model is the run's, labels and images are the data set's, 12 replayed"))
    }

    /// The record tells which normalisation the model was certified with.
    @Test(
        .enabled(if: SharedData.isAvailable, SharedData.reasonToSkip),
        arguments: [[], ["--norm", "linf"], ["--bound", "two-bound"]])
    func replaysNormalisedModels(options: [String]) throws {
        let folder = try TemporaryFolder()
        let certify = try Command(
            ["certify"] + SharedModel.arguments("cifar_base_kw")
                + ["--sigma", "0.12", "--n", "300", "--skip", "2000", "--output", folder("run")] + options)
        #expect(certify.status == 0, "\(certify)")
        let command = try Command(
            "verify", folder("run"), "--model", SharedModel.path("models/cifar_base_kw.onnx"), "--data", "cifar10",
            "--data-root", SharedModel.path("data"), "--replay", "all")
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("5 replayed with equal votes"))
    }

    /// Each alteration of a file, made with an editor, is found at its place.
    @Test func namesWhatWasAltered() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        for (index, alteration) in Alteration.all.enumerated() {
            try folder.copy("run", to: "\(index)")
            let file = "\(index)/\(alteration.file)"
            let contents = String(decoding: try #require(folder.contents(of: file)), as: UTF8.self)
            let altered = alteration.apply(contents)
            #expect(altered != contents, "\(alteration.finding)")
            try folder.write(Data(altered.utf8), to: file)
            let command = try Command("verify", folder("\(index)"))
            #expect(command.status == 1, "\(alteration.finding)")
            let findings = command.output.split(separator: "\n").filter { $0.hasPrefix(alteration.file) }
            #expect(findings.contains { $0.contains(alteration.finding) }, "\(alteration.finding): \(command)")
        }
    }

    @Test(arguments: ["run.json", "certificates.jsonl", "certificates.tsv"])
    func namesWhatIsMissingOrUnreadable(file: String) throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        for contents in [nil, Data(), Data([0xFF, 0, 0x0A]), Data("[[[[[[".utf8)] {
            try FileManager.default.removeItem(atPath: folder("run/\(file)"))
            if let contents { try folder.write(contents, to: "run/\(file)") }
            let command = try Command("verify", folder("run"))
            #expect(command.status == 1 && command.output.contains(file), "\(command)")
            if contents == nil { try folder.write(Data(), to: "run/\(file)") }
        }
    }

    /// With all digests made anew, an altered number still contradicts the votes.
    @Test func namesWhatTheVotesDoNotGive() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        try forge(folder("run"), into: folder("radius")) { certificate in
            let verdict = certificate.verdict
            guard certificate.image == 9, case .certified(let answer, let radius, let norm) = verdict.outcome
            else { return certificate }
            let outcome = Verdict.Outcome.certified(class: answer, radius: radius + 0.01, norm: norm)
            return certificate.with(verdict: Verdict(outcome, verdict.evidence, verdict.standing))
        }
        let command = try Command("verify", folder("radius"))
        #expect(command.status == 1)
        #expect(command.output.contains("certificates.jsonl line 4, image 9: radius "), "\(command)")
        #expect(command.output.contains("1 finding"))
    }

    /// Votes invented, with bounds, table and all digests to match: only a replay tells.
    @Test func replayFindsAForgery() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let settings = try RunContents(of: URL(fileURLWithPath: folder("run"))).record.settings
        let certifier = try Certifier(settings, dimensions: 784)
        let invented = [500] + Array(repeating: 0, count: 9)
        try forge(folder("run"), into: folder("forged")) { certificate in
            guard certificate.image == 15 else { return certificate }
            let selection = [100] + Array(repeating: 0, count: 9)
            let verdict = try certifier.verdict(selectionCounts: selection, counts: invented)
            return certificate.with(selectionCounts: selection, counts: invented, verdict: verdict)
        }
        let plain = try Command("verify", folder("forged"))
        #expect(plain.status == 0, "\(plain)")
        let replay = try Command(DigitsRun.verify(folder("forged"), replay: "all"))
        #expect(replay.status == 1)
        let finding = "certificates.jsonl line 6, image 15: counts are \(invented), but the seed gives"
        #expect(replay.output.contains(finding), "\(replay)")
        #expect(replay.output.contains("1 finding"))
        #expect(!replay.output.contains("conclusive"))
    }

    /// Votes may differ where a processor or a library is another one, and the user is told so.
    @Test(arguments: [true, false])
    func saysThatTheEnvironmentIsAnother(isOtherProcessor: Bool) throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let here = try RunContents(of: URL(fileURLWithPath: folder("run"))).record
        let there = RunRecord.Environment(
            processor: isOtherProcessor ? "abacus" : here.environment.processor, threads: 2, batch: 8,
            libraries: isOtherProcessor ? here.environment.libraries : "beads 1.0")
        let certifier = try Certifier(here.settings, dimensions: 784)
        let invented = [500] + Array(repeating: 0, count: 9)
        try forge(folder("run"), into: folder("forged"), environment: there) { certificate in
            guard let selection = certificate.selectionCounts else { return certificate }
            let verdict = try certifier.verdict(selectionCounts: selection, counts: invented)
            return certificate.with(counts: invented, verdict: verdict)
        }
        let replay = try Command(DigitsRun.verify(folder("forged"), replay: "3"))
        #expect(replay.status == 1 && replay.output.contains(isOtherProcessor ? "abacus" : "beads 1.0"), "\(replay)")
        #expect(replay.output.contains("conclusive"))
    }

    /// A false label, with all digests to match: the data tells.
    @Test func dataTellAFalseLabel() throws {
        let folder = try TemporaryFolder()
        let label = try DigitsRun.make(folder("run")).certificates()[2].label
        let falseLabel = (label + 1) % 10
        try forge(folder("run"), into: folder("forged")) { $0.image == 6 ? $0.with(label: falseLabel) : $0 }
        #expect(try Command("verify", folder("forged")).status == 0)
        let command = try Command("verify", folder("forged"), "--data", "synthetic")
        #expect(command.status == 1)
        let finding = "line 3, image 6: label \(falseLabel) is not that of the data (\(label))"
        #expect(command.output.contains(finding), "\(command)")
    }

    @Test func namesOtherModelsAndData() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let other = try folder.write(DigitsRun.otherModel(), to: "other.onnx")
        let model = try Command("verify", folder("run"), "--model", other)
        #expect(model.status == 1 && model.output.contains("run.json: model.sha256"), "\(model)")
        let export = try Command("data", "export", "synthetic", "--split", "train", "--output", folder("train.npz"))
        #expect(export.status == 0, "\(export)")
        let data = try Command("verify", folder("run"), "--data", folder("train.npz"))
        #expect(data.status == 1 && data.output.contains("run.json: data.sha256"), "\(data)")
        #expect(data.output.contains("line 2, image 3: imageSHA256"))
        let nothing = try Command(
            "verify", folder("run"), "--model", other, "--data", "synthetic", "--replay", "2")
        #expect(nothing.status == 1 && nothing.output.contains("nothing was replayed"), "\(nothing)")
    }

    @Test func refusesWhatCannotBe() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        func verify(_ options: String...) throws -> Command { try Command(["verify", folder("run")] + options) }
        #expect(try verify("--replay", "all").refused(naming: "--model"))
        #expect(try verify("--replay", "2", "--data", "synthetic").refused(naming: "--model"))
        #expect(try verify("--model", folder("none.onnx")).refused(naming: "none.onnx"))
        #expect(try verify("--data", folder("none.npz")).refused(naming: "none.npz"))
        #expect(try verify("--threads", "0").refused(naming: "--threads is 0"))
        for count in ["0", "-1", "some"] {
            #expect(try Command(DigitsRun.verify(folder("run"), replay: count)).refused(naming: "'\(count)'"))
        }
        let missing = try Command("verify", folder("none"))
        #expect(missing.status == 1 && missing.output.contains("run.json: the file is missing"))
    }

    /// Writes the run again with certificates changed, as one who has the library can.
    private func forge(
        _ run: String, into output: String, environment: RunRecord.Environment? = nil,
        _ change: (Certificate) throws -> Certificate
    ) throws {
        let contents = try RunContents(of: URL(fileURLWithPath: run))
        let old = contents.record
        let record = RunRecord(
            model: old.model, data: old.data, settings: old.settings, selection: old.selection,
            environment: environment ?? old.environment)
        let directory = try RunDirectory(at: URL(fileURLWithPath: output), for: record)
        for certificate in contents.certificates { try directory.append(change(certificate)) }
        try directory.save()
    }
}

extension Certificate {
    /// The same but for what is given.
    fileprivate func with(
        label: Int? = nil, selectionCounts: [Int]? = nil, counts: [Int]? = nil, verdict: Verdict? = nil
    ) -> Certificate {
        Certificate(
            image: image, imageSHA256: imageSHA256, label: label ?? self.label,
            selectionCounts: selectionCounts ?? self.selectionCounts, counts: counts ?? self.counts,
            verdict: verdict ?? self.verdict, seconds: seconds)
    }
}
