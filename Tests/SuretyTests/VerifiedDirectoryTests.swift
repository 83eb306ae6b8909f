import Foundation
import Surety
import TestSupport
import Testing

/// Every kind of run, made on synthetic digits, then altered.
@Suite struct VerifiedDirectoryTests {
    static let model = URL(fileURLWithPath: #filePath)  // Tests/SuretyTests/VerifiedDirectoryTests.swift
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("examples/digits.onnx").path

    enum Kind: String, CaseIterable, Sendable { case certify, predict, bounds, attack, smoothedAttack, transport, train }

    /// Makes a run of a few images, or of an epoch.
    private static func make(_ kind: Kind, in url: URL) throws {
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let model = try Model(contentsOf: model, imageShape: images.shape)
        let selection = try ImageSelection(skip: 3, max: 6)
        let noise = try Noise.gaussian(sigma: 1)
        switch kind {
        case .certify:
            try model.certify(
                images, with: Certifier(noise: noise, alpha: 0.001, n0: 20, n: 200), selection: selection, into: url)
        case .predict:
            try model.predict(images, with: Predictor(noise: noise, alpha: 0.001, n: 200), selection: selection, into: url)
        case .bounds:
            let sample = try BoundsSettings.Sample(
                images: DatasetSource.synthetic.load(.train, under: DatasetRoot()), scores: [.probabilities],
                sampling: BlockSampling(of: 2000, blocks: 10, blockSize: 3, grid: [0.05, 0.1], resamples: 5))
            try model.bound(
                images, norm: .linf, sample: sample, proven: .init(method: .ibp, epsilon: nil), selection: selection, into: url)
        case .attack:
            try model.attack(
                images, with: AttackPlan(attacks: ["fgsm", "pgd"], norm: .linf, radii: [0.1, 0.3]), selection: selection, into: url)
        case .smoothedAttack:
            let smoothing = try AttackPlan.Smoothing(predictor: Predictor(noise: noise, alpha: 0.001, n: 100), copies: 2)
            try model.attack(
                images, with: AttackPlan(attacks: ["pgd"], norm: .l2, radii: [2], settings: ["steps": "3"], smoothing: smoothing),
                selection: selection, into: url)
        case .transport:
            try model.attack(
                images, with: AttackPlan(attacks: ["wasser"], norm: .l2, radii: [0.5], settings: ["iterations": "15"]),
                selection: selection, into: url)
        case .train:
            var recipe = TrainingRecipe()
            (recipe.defense, recipe.set, recipe.arch, recipe.data, recipe.epochs) = ("gaussian", ["sigma": "0.25"], .mlp, "synthetic", 1)
            let plan = try TrainingPlan(recipe)
            try plan.train(on: plan.images(under: DatasetRoot()), into: url.path)
        }
    }

    private static func material(replay: VerificationMaterial.Replayed? = nil) -> VerificationMaterial {
        VerificationMaterial(
            model: model, images: { try DatasetSource.synthetic.load($0, under: DatasetRoot()) }, replay: replay)
    }

    /// An honest run passes, with everything done again that can be.
    @Test(arguments: Kind.allCases) func honestRunsPass(kind: Kind) throws {
        let folder = try TemporaryFolder()
        try Self.make(kind, in: folder.url("run"))
        let run = try VerifiedDirectory(folder("run"), against: Self.material(replay: .all))
        #expect(run.findings.isEmpty, "\(run)")
        let words: [Kind: String] = [
            .certify: "6 of 6 replayed with equal votes", .bounds: "6 of 6 computed again with equal numbers",
            .attack: "every one is classified as its line says", .train: "agree with each other",
        ]
        if let word = words[kind] { #expect(run.description.contains(word), "\(run)") }
    }

    /// Any change of any file that says something, by a byte, a line or a number, is named, without model or data.
    @Test(arguments: Kind.allCases) func everyAlterationIsNamed(kind: Kind) throws {
        let folder = try TemporaryFolder()
        try Self.make(kind, in: folder.url("run"))
        let pictures = ["fits.svg", "grid.png", "history.svg", "history.png"]
        let names = try FileManager.default.contentsOfDirectory(atPath: folder("run")).filter { !pictures.contains($0) }.sorted()
        #expect(names.count >= 2, "\(names)")
        var random = SeededGenerator(seed: 11)
        for name in names {
            let original = try #require(folder.contents(of: "run/\(name)"))
            for trial in 0..<60 {
                let altered = Self.alter(original, trial, using: &random)
                guard altered != original else { continue }
                try folder.write(altered, to: "run/\(name)")
                let run = try VerifiedDirectory(folder("run"), against: VerificationMaterial())
                #expect(!run.findings.isEmpty, "\(name), alteration \(trial)")
            }
            try FileManager.default.removeItem(atPath: folder("run/\(name)"))
            #expect(try !VerifiedDirectory(folder("run"), against: VerificationMaterial()).findings.isEmpty, "\(name) is gone")
            try folder.write(original, to: "run/\(name)")
        }
        #expect(try VerifiedDirectory(folder("run"), against: VerificationMaterial()).findings.isEmpty)
    }

    /// A byte changed, taken away or added; a line taken away, doubled or exchanged with the next; a digit raised.
    private static func alter(_ data: Data, _ trial: Int, using random: inout SeededGenerator) -> Data {
        var bytes = Array(data)
        let place = Int.random(in: bytes.indices, using: &random)
        switch trial % 6 {
        case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(ascii: "1"), at: place)
        case 3:
            let digits = bytes.indices.filter { (48..<57).contains(bytes[$0]) }
            if let digit = digits.randomElement(using: &random) { bytes[digit] += 1 }
        case 4:
            bytes = Array(bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast().dropLast().joined(separator: [10])) + [10]
        default:
            let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            bytes = Array(([lines[0]] + lines).joined(separator: [10]))
        }
        return Data(bytes)
    }

    /// A proven radius that was raised and sealed anew passes every digest, and falls when it is proven again.
    @Test func aForgedProofFalls() throws {
        let folder = try TemporaryFolder()
        try Self.make(.bounds, in: folder.url("run"))
        let honest = try BoundsRun(of: folder.url("run"))
        let place = try #require(honest.lines.firstIndex { ($0.proven?.radius ?? 0) > 0 })
        let changes: [(String, (inout ImageBounds) -> Void)] = [
            ("the proven radius", { $0.proven = .init(method: .ibp, radius: ($0.proven?.radius ?? 0) * (1 + 1e-9)) }),
            ("the proven radius", { $0.proven = .init(method: .ibp, radius: ($0.proven?.radius ?? 0) * (1 - 1e-9)) }),
            ("it is", { $0.proven = .init(method: .crown, radius: $0.proven?.radius ?? 0) }),
        ]
        for (number, change) in changes.enumerated() {
            var lines = honest.lines
            change.1(&lines[place])
            try forge(honest, lines, folder.contents(of: "run/fits.json") ?? Data(), to: folder.url("\(number)"))
            let run = try VerifiedDirectory(folder("\(number)"), against: Self.material(replay: .all))
            let message = number < 2 ? change.0 : "the proof is not by the run's method"
            #expect(run.findings.contains { $0.line == place + 1 && $0.message.contains(message) }, "\(run)")
        }
        // Estimates are made again from their seeds.
        let fits = String(decoding: try #require(folder.contents(of: "run/fits.json")), as: UTF8.self)
        let raised = fits.replacing(/"value": \d/, with: "\"value\": 9", maxReplacements: 1)
        #expect(raised != fits)
        try forge(honest, honest.lines, Data(raised.utf8), to: folder.url("fits"))
        #expect(try VerifiedDirectory(folder("fits"), against: Self.material()).findings.isEmpty)
        let replayed = try VerifiedDirectory(folder("fits"), against: Self.material(replay: .atMost(1)))
        #expect(replayed.findings.contains { $0.file == "fits.json" })
    }

    /// A record that names a file elsewhere is read by nothing: neither verified as if it were, nor merged.
    @Test(arguments: ["../outside", "/etc/hostname", ".hidden", "run.json"]) func noRecordLeadsElsewhere(name: String) throws {
        let folder = try TemporaryFolder()
        try Self.make(.bounds, in: folder.url("run"))
        try folder.write(Data("secret".utf8), to: "outside")
        let text = String(decoding: try #require(folder.contents(of: "run/run.json")), as: UTF8.self)
        let altered = text.replacing("\"fits.json\"", with: "\"\(name)\"")
        #expect(altered != text)
        try folder.write(Data(altered.utf8), to: "run/run.json")
        let findings = try VerifiedDirectory(folder("run"), against: VerificationMaterial()).findings
        #expect(findings.contains { $0.message.contains("is not the name of a file beside run.json") }, "\(findings)")
        #expect(throws: RunError.self) { try mergeRuns([folder.url("run")], into: folder.url("merged")) }
        #expect(!folder.has("merged"))
    }

    private func forge(_ run: BoundsRun, _ lines: [ImageBounds], _ fits: Data, to url: URL) throws {
        let record = run.record
        let directory = try RunDirectory(
            at: url,
            for: BoundsRecord(
                model: record.model, data: record.data, settings: record.settings, selection: record.selection,
                environment: #require(record.environment)))
        try directory.attach(fits, as: "fits.json", isFixed: true)
        try directory.append(lines)
        try directory.save()
    }

    /// Runs of bounds and attacks that older versions wrote are read, called unsealed, and not gone on with.
    @Test func olderRunsAreUnsealed() throws {
        let folder = try TemporaryFolder()
        try Self.make(.bounds, in: folder.url("run"))
        // As they were: without environment, progress and digests.
        let json = try #require(folder.contents(of: "run/run.json"))
        var record = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        record["schema"] = 1
        #expect(throws: (any Error).self, "a digest has no place there") {
            try folder.write(JSONSerialization.data(withJSONObject: record), to: "altered/run.json")
            try folder.write(folder.contents(of: "run/bounds.jsonl") ?? Data(), to: "altered/bounds.jsonl")
            _ = try BoundsRun(of: folder.url("altered"))
        }
        for key in ["digest", "settingsDigest", "environment", "progress", "files"] { record[key] = nil }
        try folder.write(JSONSerialization.data(withJSONObject: record), to: "old/run.json")
        let lines = String(decoding: try #require(folder.contents(of: "run/bounds.jsonl")), as: UTF8.self)
        try folder.write(Data(lines.replacing(/,"digest":"[0-9a-f]+"/, with: "").utf8), to: "old/bounds.jsonl")
        try folder.write(folder.contents(of: "run/fits.json") ?? Data(), to: "old/fits.json")

        let old = try BoundsRun(of: folder.url("old"))
        #expect(try !old.record.isSealed && old.lines == BoundsRun(of: folder.url("run")).lines)
        let verified = try VerifiedDirectory(folder("old"), against: VerificationMaterial())
        #expect(verified.findings.isEmpty && verified.description.contains("WARNING: unsealed"), "\(verified)")
        #expect(throws: RunError.self) { try Self.make(.bounds, in: folder.url("old")) }
    }
}
