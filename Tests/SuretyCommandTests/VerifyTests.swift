import Foundation
import Surety
import Testing
import TestSupport

@Suite struct VerifyTests {
    @Test func passesAnUntouchedRun() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let plain = try Command("verify", folder("run"))
        #expect(plain.status == 0, "\(plain)")
        #expect(plain.output.contains("12 certificates verified from their votes"))
        #expect(plain.output.contains("votes NOT replayed") && plain.output.contains("NOT checked: the model (--model); images"))
        let some = try Command(DigitsRun.verify(folder("run"), replay: "3"))
        #expect(some.status == 0, "\(some)")
        #expect(some.output.contains("3 of 12 replayed with equal votes"))
        // A forged line is among three of twelve with probability 3/12.
        #expect(some.output.contains("a single forged line would have been caught with probability 0.25"))
        #expect(!some.output.contains("NOT"))
        let all = try Command(DigitsRun.verify(folder("run"), replay: "all", ["--threads", "1"]))
        #expect(all.status == 0, "\(all)")
        for check in [
            "the model is the run's, without normalisation", "labels and images are the data set's", "12 of 12 replayed",
            "caught with probability 1.0", "12 certificates with a radius: no two contradict each other",
            "have such a pair is at most 0.012, the sum of all α",
        ] { #expect(all.output.contains(check), "\(check): \(all)") }
    }

    /// Whatever comes of it, what the run states stands above: nobody reads "verified" without σ, α and what was put in front
    /// of the model.
    @Test func statesWhatWasVerified() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"), "--mean", "0.5", "--std", "1e9", "--seed", "5")
        let digest = try #require(run.group("model")["sha256"] as? String)
        for arguments in [[], ["--model", DigitsRun.model]] {
            let command = try Command(["verify", folder("run")] + arguments)
            #expect(command.status == 0, "\(command)")
            for piece in [
                "certify: σ = 1.0 on 1/255, α = 0.001 for each image, n₀ = 100, n = 500, seed 5, two-bound bound, ℓ₂ radii",
                "model digits.onnx, SHA-256 \(digest.prefix(12))…, normalisation: mean 0.5, std 1e+09",
                "data synthetic (test), SHA-256 ", "12 of 1000 images", "WARNING: divided by 1e+09",
            ] { #expect(command.output.contains(piece), "\(piece): \(command)") }
            #expect(command.output.contains("the model is the run's, seen through mean 0.5, std 1e+09") == !arguments.isEmpty)
        }
        try folder.write(lines: run.lines.dropLast(3), to: "run/certificates.jsonl")
        let failed = try Command("verify", folder("run"))
        #expect(failed.status == 1 && failed.output.contains("σ = 1.0 on 1/255, α = 0.001"), "\(failed)")
        try WorthlessRun.write(to: folder("worthless"))
        let worthless = try Command("verify", folder("worthless"))
        #expect(worthless.status == 0 && worthless.output.contains("WARNING: α = 0.999"), "\(worthless)")
    }

    /// Votes invented so that every image has its class within 6.6: digits lie nearer to each other than twice that. All
    /// digests fit, and each pair of different classes is named that a plain loop over the images finds.
    @Test func namesPairsThatContradictEachOther() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"), "--sigma", "3")
        let settings = try SmoothingRun(of: URL(fileURLWithPath: folder("run"))).record.settings
        try forge(folder("run"), into: folder("forged")) { certificate in
            func votes(_ total: Int) -> [Int] { (0..<10).map { $0 == certificate.label ? total : 0 } }
            let verdict = try settings.procedure.verdict(votes(100), votes(500), dimensions: 784, rounding: nil)
            return certificate.with(selectionCounts: votes(100), counts: votes(500), verdict: verdict)
        }
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let forged = try SmoothingRun(of: URL(fileURLWithPath: folder("forged"))).certificates
        var expected: [String] = []
        for (place, a) in forged.enumerated() {
            for b in forged.dropFirst(place + 1) where a.label != b.label {
                let square = zip(images.image(at: a.image), images.image(at: b.image)).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
                if square.squareRoot() < (a.verdict.radius ?? 0) + (b.verdict.radius ?? 0) {
                    expected.append("certificates.jsonl line \(a.image / 3 + 1), image \(a.image): class \(a.label) within")
                }
            }
        }
        #expect(expected.count > 10)
        #expect(try Command("verify", folder("forged")).status == 0)
        let command = try Command("verify", folder("forged"), "--data", "synthetic")
        #expect(command.status == 1, "\(command)")
        #expect(command.output.contains("12 certificates with a radius: \(expected.count) pairs contradict each other"), "\(command)")
        let named = command.output.split(separator: "\n").filter { $0.contains("one of the two certificates is false") }
        #expect(named.count == expected.count && zip(named, expected).allSatisfy { $0.hasPrefix($1) }, "\(command)")
        // What was not compared is not passed over in silence.
        #expect(try Command("verify", folder("forged")).output.contains("NOT checked: the model (--model); images, labels, pairs"))
    }

    /// Runs of two seeds, in one of which an image's votes were invented: each passes alone, and together they do not.
    @Test func namesRunsThatContradictEachOther() throws {
        let folder = try TemporaryFolder()
        for seed in 0..<2 { _ = try DigitsRun.make(folder("\(seed)"), "--seed", "\(seed)") }
        let honest = try Command("verify", folder("0"), folder("1"), "--data", "synthetic")
        #expect(honest.status == 0 && honest.output.contains("24 certificates with a radius: no two"), "\(honest)")
        let settings = try SmoothingRun(of: URL(fileURLWithPath: folder("1"))).record.settings
        try forge(folder("1"), into: folder("forged")) { certificate in
            guard certificate.image == 6 else { return certificate }
            let other = ((certificate.verdict.answer ?? 0) + 1) % 10
            func votes(_ total: Int) -> [Int] { (0..<10).map { $0 == other ? total : 0 } }
            let verdict = try settings.procedure.verdict(votes(100), votes(500), dimensions: 784, rounding: nil)
            return certificate.with(selectionCounts: votes(100), counts: votes(500), verdict: verdict)
        }
        #expect(try Command("verify", folder("forged"), "--data", "synthetic").status == 0)
        let command = try Command("verify", folder("0"), folder("forged"), "--data", "synthetic")
        #expect(command.status == 1 && command.output.contains("1 pair contradict"), "\(command)")
        #expect(command.output.contains("\(folder("0"))/certificates.jsonl line 3, image 6: class"), "\(command)")
        #expect(command.output.contains("\(folder("forged"))/certificates.jsonl line 3, image 6: class"), "\(command)")
    }

    /// The record tells which normalisation the model was certified with.
    @Test(
        .enabled(if: SharedData.isAvailable, SharedData.reasonToSkip),
        arguments: [[], ["--norm", "linf"], ["--bound", "clopper-pearson"], ["--bound", "two-bound-halves"]])
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
        #expect(command.output.contains("5 of 5 replayed with equal votes"))
        #expect(command.output.contains("the model is the run's, seen through mean "))
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

    /// With all digests recomputed, an altered number still contradicts the votes.
    @Test func namesWhatTheVotesDoNotGive() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        try forge(folder("run"), into: folder("radius")) { certificate in
            let verdict = certificate.verdict
            guard certificate.image == 9, case .certified(let answer, let radius, let norm) = verdict.outcome
            else { return certificate }
            let outcome = Verdict.Outcome.certified(class: answer, radius: radius + 0.01, norm: norm)
            return certificate.with(verdict: Verdict(outcome, verdict.evidence, confidence: verdict.confidence))
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
        let settings = try SmoothingRun(of: URL(fileURLWithPath: folder("run"))).record.settings
        let invented = [500] + Array(repeating: 0, count: 9)
        try forge(folder("run"), into: folder("forged")) { certificate in
            guard certificate.image == 15 else { return certificate }
            let selection = [100] + Array(repeating: 0, count: 9)
            let verdict = try settings.procedure.verdict(selection, invented, dimensions: 784, rounding: nil)
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

    /// Votes may differ if a processor or a library differs, and the user is told so.
    @Test(arguments: [true, false])
    func saysThatTheEnvironmentIsAnother(isOtherProcessor: Bool) throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let run = try SmoothingRun(of: URL(fileURLWithPath: folder("run"))).record
        let here = try #require(run.environment)
        let there = RunEnvironment(
            processor: isOtherProcessor ? "abacus" : here.processor, threads: 2, batch: 8,
            libraries: isOtherProcessor ? here.libraries : "beads 1.0")
        let settings = run.settings
        let invented = [500] + Array(repeating: 0, count: 9)
        try forge(folder("run"), into: folder("forged"), environment: there) { certificate in
            guard let selection = certificate.selectionCounts else { return certificate }
            let verdict = try settings.procedure.verdict(selection, invented, dimensions: 784, rounding: nil)
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
        let other = try folder.write(DigitsRun.otherModel(), to: "other.onnx").path
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

    /// Writes the run again with changed certificates, as anybody with the library can.
    private func forge(
        _ run: String, into output: String, environment: RunEnvironment? = nil,
        _ change: (Certificate) throws -> Certificate
    ) throws {
        let contents = try SmoothingRun(of: URL(fileURLWithPath: run))
        let old = contents.record
        let record = SmoothingRecord(
            model: old.model, data: old.data, settings: old.settings, selection: old.selection,
            environment: try #require(environment ?? old.environment))
        let directory = try RunDirectory(at: URL(fileURLWithPath: output), for: record)
        for certificate in contents.certificates { try directory.append(change(certificate)) }
        try directory.save()
    }
}

extension Certificate {
    /// The same, except for what is given.
    fileprivate func with(
        label: Int? = nil, selectionCounts: [Int]? = nil, counts: [Int]? = nil, verdict: Verdict? = nil
    ) -> Certificate {
        Certificate(
            image: image, imageSHA256: imageSHA256, label: label ?? self.label,
            selectionCounts: selectionCounts ?? self.selectionCounts, counts: counts ?? self.counts,
            verdict: verdict ?? self.verdict, seconds: seconds)
    }
}
