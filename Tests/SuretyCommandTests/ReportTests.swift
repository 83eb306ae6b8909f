import Foundation
import Surety
import TestSupport
import Testing

/// Certificates, bounds and attacks of the bundled model on twelve digits, joined.
@Suite struct ReportTests {
    private let folder: TemporaryFolder

    /// The files of the runs that every test begins from, made once: a certification, an attack on the smoothed classifier, one
    /// on the base classifier, and its bounds.
    private static let runs = Result { () throws -> [String: Data] in
        let folder = try TemporaryFolder()
        try run(DigitsRun.arguments(folder("certificates")))
        let attack = ["attack", DigitsRun.model, "--data", "synthetic", "--skip", "3", "--max", "12", "--norm", "l2"]
        try run(
            attack + ["--attack", "pgd", "--epsilon", "0.5,1", "--sigma", "1", "--copies", "2", "--n", "200", "--output",
                      folder("smoothed")])
        try run(attack + ["--attack", "ddn", "--set", "steps=20", "--output", folder("base")])
        try run(
            ["bounds", DigitsRun.model, "--data", "synthetic", "--norm", "l2", "--skip", "3", "--max", "12", "--blocks", "20",
             "--block-size", "10", "--scores", "both", "--grid", "0.1,0.2", "--output", folder("bounds")])
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.root.path)
        return Dictionary(uniqueKeysWithValues: names.compactMap { name in folder.contents(of: name).map { (name, $0) } })
    }

    init() throws {
        folder = try TemporaryFolder()
        for (name, contents) in try Self.runs.get() { try folder.write(contents, to: name) }
    }

    private static func run(_ arguments: [String]) throws {
        let command = try Command(arguments)
        try #require(command.status == 0, "\(command)")
    }

    private func report(_ output: String, _ runs: String...) throws -> Command {
        try Command(["report"] + runs.map { folder($0) } + ["--output", folder(output)])
    }

    private struct Record: Decodable {
        struct Model: Decodable { let classifiers: [Classifier] }
        struct Classifier: Decodable {
            let classifier, norm: String
            let images: [Image]
            let curves: [Curve]
            let attacks: [Attack]
            let nauc: Double?
        }
        struct Attack: Decodable {
            let copies: Int?
            let accuracies: [Double]
        }
        struct Curve: Decodable {
            let name, kind: String
            let radii, accuracies: [Double]
        }
        struct Image: Decodable {
            let image: Int
            let certified, proven, attack: Double?
            let estimates: [String: Double]
            let attacked: Bool
        }
        struct Alarm: Decodable {
            let image: Int
            let guaranteed, distance: Double
            let classifier: String
        }
        let alarms: [Alarm]
        let models: [Model]
    }

    private func record(_ name: String) throws -> Record {
        try JSONDecoder().decode(Record.self, from: #require(folder.contents(of: name)))
    }

    /// Changes a line of a file that carries no digests.
    private func alter(_ name: String, line: Int, _ change: (inout [String: Any]) -> Void) throws {
        let text = String(decoding: try #require(folder.contents(of: name)), as: UTF8.self)
        var lines = text.split(separator: "\n").map(String.init)
        var object = try #require(JSONSerialization.jsonObject(with: Data(lines[line].utf8)) as? [String: Any])
        change(&object)
        lines[line] = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        let directory = folder.url(name).deletingLastPathComponent()
        if name.hasSuffix(AttackSettings.linesFile) {
            try seal(lines, as: AttackSettings.self, in: directory)
        } else {
            try seal(lines, as: BoundsSettings.self, in: directory)
        }
    }

    /// Writes the run with these lines anew, with the digests they must have.
    private func seal<Settings: RunSettings>(_ lines: [String], as: Settings.Type, in url: URL) throws {
        let old = try JSONDecoder().decode(RunRecord<Settings>.self, from: Data(contentsOf: url.appending(path: "run.json")))
        let files = try old.files.names.map { ($0, try Data(contentsOf: url.appending(path: $0))) }
        try FileManager.default.removeItem(at: url)
        let directory = try RunDirectory(
            at: url,
            for: RunRecord(
                model: old.model, data: old.data, settings: old.settings, selection: old.selection,
                environment: #require(old.environment)))
        for (name, contents) in files { try directory.attach(contents, as: name) }
        for line in lines { try directory.append(JSONDecoder().decode(Settings.Line.self, from: Data(line.utf8))) }
        try directory.save()
    }

    @Test func joinsByImageAndKeepsClassifiersApart() throws {
        let command = try report("report.json", "certificates", "smoothed", "base", "bounds")
        #expect(command.status == 0 && command.output.contains("no soundness alarm"), "\(command)")
        let report = try record("report.json")
        let classifiers = try #require(report.models.first).classifiers
        #expect(report.models.count == 1)
        #expect(classifiers.map(\.classifier) == ["smoothed", "base"])
        for classifier in classifiers {
            #expect(classifier.norm == "l2" && classifier.images.map(\.image) == (0..<12).map { 3 * $0 })
            #expect(classifier.images.allSatisfy { $0.attacked })
            for image in classifier.images {
                let isSmoothed = classifier.classifier == "smoothed"
                #expect((image.certified != nil) == isSmoothed && (image.proven != nil) == !isSmoothed)
                #expect(image.estimates.count == (isSmoothed ? 0 : 4))
                if let attack = image.attack, attack > 0 { #expect(attack >= image.certified ?? image.proven ?? 0) }
            }
            if classifier.classifier == "smoothed" {
                // m_test, and the same accuracies and NAUC as the attack itself has.
                let attack = try #require(classifier.attacks.first)
                #expect(attack.copies == 2 && attack.accuracies.count == 2)
                let clean = Double(classifier.images.count { $0.attack != 0 }) / 12
                let area = (clean + 2 * attack.accuracies[0] + attack.accuracies[1]) / 4
                #expect(abs((classifier.nauc ?? 0) - area) < 1e-12)
            }
            for curve in classifier.curves { #expect(curve.accuracies == curve.accuracies.sorted(by: >)) }
        }
    }

    /// An adversarial image inside a certified radius is listed first, and the exit code says so.
    @Test func aFalseCertificateRaisesTheAlarm() throws {
        let text = String(decoding: try #require(folder.contents(of: "certificates/certificates.jsonl")), as: UTF8.self)
        let place = try #require(text.split(separator: "\n").firstIndex { $0.contains("\"certified\"") })
        try alter("smoothed/attacks.jsonl", line: place) { line in
            let label = line["label"] as? Int ?? 0
            (line["success"], line["class"], line["l2"]) = (true, (label + 1) % 10, 1e-3)
        }
        let command = try report("report.json", "smoothed", "certificates", "base", "bounds")
        #expect(command.status == 2 && command.output.contains("1 SOUNDNESS ALARM"), "\(command)")
        let alarm = try #require(record("report.json").alarms.first)
        #expect(alarm.image == 3 * place && alarm.distance == 1e-3 && alarm.guaranteed > alarm.distance)
        #expect(alarm.classifier.hasPrefix("smoothed"))
        #expect(try report("report.html", "certificates", "smoothed").status == 2)
        let page = String(decoding: try #require(folder.contents(of: "report.html")), as: UTF8.self)
        let first = try #require(page.range(of: "<table>"))
        #expect(page[..<first.lowerBound].contains("class=\"alarm\""))
        #expect(page.contains("0.0120 of 12, on average"))
        // The same image says nothing of the other classifier, and an abstention contradicts nothing.
        #expect(try report("other.json", "smoothed", "bounds", "base").status == 0)
        try alter("smoothed/attacks.jsonl", line: place) { $0["class"] = nil }
        #expect(try report("third.json", "certificates", "smoothed").status == 0)
    }

    @Test func aFalseProofRaisesTheAlarm() throws {
        let base = String(decoding: try #require(folder.contents(of: "base/attacks.jsonl")), as: UTF8.self)
        let place = try #require(base.split(separator: "\n").firstIndex { $0.contains("\"attack\":\"ddn\"") })
        try alter("bounds/bounds.jsonl", line: place) { $0["proven"] = ["method": "crown", "radius": 9.0] }
        let command = try report("report.json", "bounds", "base")
        #expect(command.status == 2)
        let alarms = try record("report.json").alarms
        #expect(alarms.map(\.image) == [3 * place])
        // An estimate that is beaten is counted, and no alarm.
        try alter("bounds/bounds.jsonl", line: place) { line in
            line["proven"] = NSNull()
            line["logits"] = ["loss": -1, "gradientNorm": 1, "lipschitz": 9.0, "modulus": 0.0]
        }
        #expect(try report("report.md", "bounds", "base").status == 0)
        let text = String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self)
        #expect(text.contains("L-bound, logits") && text.matches(of: /\| [1-9]\d* of 12 \|/).count == 1, "\(text)")
    }

    /// A nearer image on which PREDICT abstains does not hide one that it gives another class.
    @Test func anAbstentionHidesNoAlarm() throws {
        let text = String(decoding: try #require(folder.contents(of: "certificates/certificates.jsonl")), as: UTF8.self)
        let place = try #require(text.split(separator: "\n").firstIndex { $0.contains("\"certified\"") })
        try FileManager.default.copyItem(atPath: folder("smoothed"), toPath: folder("abstaining"))
        try alter("smoothed/attacks.jsonl", line: place) { line in
            (line["success"], line["class"], line["l2"]) = (true, ((line["label"] as? Int ?? 0) + 1) % 10, 1e-3)
        }
        try alter("abstaining/attacks.jsonl", line: place) { line in
            (line["success"], line["class"], line["l2"]) = (true, nil, 1e-4)
        }
        #expect(try report("report.json", "certificates", "abstaining", "smoothed").status == 2)
        #expect(try record("report.json").alarms.first?.distance == 1e-3)
    }

    /// A proof holds on the edge of its ball, where attacks within the radius end.
    @Test func onTheEdgeOfAProofTheAlarmIsRaised() throws {
        let base = String(decoding: try #require(folder.contents(of: "base/attacks.jsonl")), as: UTF8.self)
        let place = try #require(base.split(separator: "\n").firstIndex { $0.contains("\"attack\":\"ddn\"") })
        try alter("base/attacks.jsonl", line: place) { $0["l2"] = 0.25 }
        for (radius, status) in [(0.25, 2), (0.2499, 0)] as [(Double, Int32)] {
            try alter("bounds/bounds.jsonl", line: place) { $0["proven"] = ["method": "crown", "radius": radius] }
            #expect(try report("report.json", "bounds", "base").status == status)
        }
    }

    /// With another normalisation in front it is another classifier.
    @Test func normalisationsAreKeptApart() throws {
        try Self.run(
            ["attack", DigitsRun.model, "--data", "synthetic", "--skip", "3", "--max", "12", "--norm", "l2", "--attack", "ddn",
             "--set", "steps=20", "--mean", "0.9", "--std", "0.1", "--output", folder("normalised")])
        #expect(try report("report.json", "bounds", "normalised").status == 0)
        let classifiers = try #require(record("report.json").models.first).classifiers
        #expect(classifiers.count == 2 && classifiers[0].images.allSatisfy { $0.attack == nil })
        #expect(try report("report.md", "bounds", "normalised").status == 0)
        let text = String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self)
        #expect(text.contains("base, normalised by 0.9 0.1"))
    }

    /// For an attack in another norm, its finds count, but the images without a find do not: no accuracy follows from it.
    @Test func anotherNormTightensTheBracketAlone() throws {
        try Self.run(
            ["attack", DigitsRun.model, "--data", "synthetic", "--skip", "3", "--max", "12", "--norm", "linf", "--attack", "pgd",
             "--epsilon", "0.1", "--output", folder("linf")])
        #expect(try report("report.json", "bounds", "linf").status == 0)
        let classifiers = try #require(record("report.json").models.first).classifiers
        let euclidean = try #require(classifiers.first { $0.norm == "l2" })
        #expect(euclidean.images.contains { $0.attack ?? 0 > 0 } && !euclidean.images.contains { $0.attacked })
        #expect(!euclidean.curves.contains { $0.kind == "attack" })
        let own = try #require(classifiers.first { $0.norm == "linf" })
        #expect(own.images.allSatisfy { $0.attacked } && own.curves.contains { $0.kind == "attack" })
    }

    @Test func attacksThatMoveMassAloneAreRefused() throws {
        try Self.run(
            ["attack", DigitsRun.model, "--data", "synthetic", "--max", "1", "--attack", "wasser", "--epsilon", "0.5", "--output",
             folder("mass")])
        #expect(try report("report.md", "mass").refused(naming: "move mass"))
    }

    /// Models are set side by side as the papers' tables do, only where the classifier and the norm are alike.
    @Test func comparesModels() throws {
        let other = DigitsRun.repository.appendingPathComponent("examples/models/wong-standard.onnx").path
        try Self.run(
            ["bounds", other, "--data", "synthetic", "--norm", "l2", "--skip", "3", "--max", "12", "--blocks", "10",
             "--block-size", "10", "--scores", "both", "--grid", "0.1,0.2,0.4", "--proven", "none", "--output", folder("other")])
        #expect(try report("report.md", "certificates", "smoothed", "base", "bounds", "other").status == 0)
        let text = String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self)
        // The one smoothed classifier has none beside it.
        #expect(!text.contains("Smoothed classifiers"))
        let tables = text.components(separatedBy: "\n\n")
        func rows(_ title: String) throws -> [[String]] {
            let place = try #require(tables.firstIndex { $0.hasPrefix(title) }, "\(title)")
            return tables[place + 1].split(separator: "\n").map { line in
                line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
        }
        let modulus = try rows("Base classifiers, ℓ₂: accuracy at radius r, ω⁺-bound, logits")
        #expect(modulus.dropFirst(2).map { $0[0] } == ["digits", "wong-standard"])
        #expect(try rows("Base classifiers, ℓ₂: accuracy at radius r, proven").dropFirst(2).map { $0[0] } == ["digits"])

        // The figures come from the runs: the gradients' mean, and L and ω at the radii that both have.
        struct Bounds: Decodable {
            struct Logits: Decodable { let gradientNorm: Double }
            let logits: Logits
        }
        let lines = String(decoding: try #require(folder.contents(of: "other/bounds.jsonl")), as: UTF8.self).split(separator: "\n")
        let gradients = try lines.map { try JSONDecoder().decode(Bounds.self, from: Data($0.utf8)).logits.gradientNorm }
        struct Run: Decodable {
            struct Fit: Decodable {
                let epsilon: Double?
                let value: Double
            }
            let logits: [Fit]
        }
        let fits = try JSONDecoder().decode(Run.self, from: #require(folder.contents(of: "other/fits.json"))).logits
        let table = try rows("Base classifiers, ℓ₂: gradient and ω⁺ of the loss on logits")
        #expect(table[0].prefix(7) == ["model", "mean ‖∇ℓ‖", "max ‖∇ℓ‖", "L", "steeper", "ω⁺(0.1)", "L-bound"])
        func fitted(_ epsilon: Double?) -> Double { fits.first { $0.epsilon == epsilon }?.value ?? .nan }
        let lipschitz = fitted(nil)
        let steeper = gradients.count { $0 > lipschitz }
        let figures = [gradients.reduce(0, +) / 12, gradients.max() ?? .nan, lipschitz].map { String(format: "%.4f", $0) }
        #expect(try #require(table.last).dropFirst().prefix(5) == (figures + ["\(steeper)", String(format: "%.4f", fitted(0.1))])[...])
    }

    @Test func writesEveryForm() throws {
        for form in ["html", "md", "tex", "json"] {
            #expect(try report("report.\(form)", "certificates", "smoothed", "base", "bounds").status == 0)
            let text = String(decoding: try #require(folder.contents(of: "report.\(form)")), as: UTF8.self)
            #expect(text.contains("under attack") && text.contains("estimate"), "\(form)")
        }
        let page = String(decoding: try #require(folder.contents(of: "report.html")), as: UTF8.self)
        // Nothing is fetched.
        #expect(page.matches(of: /(src|href)=["']https?:/).isEmpty && !page.contains("<script") && !page.contains("@import"))
        #expect(page.components(separatedBy: "<svg").count == 3)
    }

    /// The largest of several certificates of an image is false with more than α: sixteen seeds make six false ones at α = .01.
    /// One run is one, also in parts; another σ is another classifier.
    @Test func oneRunOfCertificatesForEachClassifier() throws {
        for (name, options) in [
            ("seed", ["--seed", "1"]), ("samples", ["--n", "600"]), ("level", ["--alpha", "0.01"]), ("bound", ["--bound", "clopper-pearson"]),
            ("0", ["--shard", "0/2"]), ("1", ["--shard", "1/2"]), ("noise", ["--sigma", "0.5"]), ("linf", ["--norm", "linf"]),
        ] { try Self.run(DigitsRun.arguments(folder(name), options)) }
        for second in ["seed", "samples", "level", "bound", "0", "certificates"] {
            let command = try report("report.json", "smoothed", "certificates", "base", second)
            #expect(command.refused(naming: "both certify one classifier (smoothed, σ = 1.0 on 1/255)"), "\(second): \(command)")
            #expect(command.errors.contains(folder(second)) && command.errors.contains("surety merge"))
        }
        #expect(!folder.has("report.json"))
        try Self.run(["merge", folder("0"), folder("1"), "--output", folder("merged")])
        try Self.run(["predict"] + DigitsRun.arguments(folder("predictions")).dropFirst())
        #expect(try report("report.json", "merged", "noise", "linf", "predictions", "smoothed").status == 0)
        let names = try record("report.json").models.flatMap(\.classifiers).flatMap(\.curves).map(\.name)
        #expect(names.contains("certified, with probability 1 − 0.001 each"), "\(names)")
    }

    /// What each run states comes before all figures, in every form.
    @Test func statesWhatItRestsOn() throws {
        for form in ["html", "md", "tex"] {
            #expect(try report("report.\(form)", "certificates", "smoothed", "base", "bounds").status == 0)
            let text = String(decoding: try #require(folder.contents(of: "report.\(form)")), as: UTF8.self)
            let statement = try #require(text.range(of: "What each run states"), "\(form)")
            let figures = try #require(text.range(of: "Each row is about one classifier"))
            #expect(statement.upperBound < figures.lowerBound, "\(form)")
            for piece in ["certify", "attack: pgd", "attack: ddn", "bounds: crown", "digits.onnx", "12 of 1000"] {
                #expect(text[statement.upperBound..<figures.lowerBound].contains(piece), "\(form): \(piece)")
            }
        }
        #expect(try report("report.json", "certificates", "smoothed").status == 0)
        let json = try JSONSerialization.jsonObject(with: #require(folder.contents(of: "report.json"))) as? [String: Any]
        let statement = (json?["runs"] as? [[String: Any]])?.first?["statement"] as? [String: Any]
        #expect(statement?["alpha"] as? Double == 0.001 && statement?["n0"] as? Int == 100 && statement?["seed"] as? Int == 0)
        try WorthlessRun.write(to: folder("worthless"))
        let command = try report("report.md", "worthless")
        #expect(command.status == 0 && command.errors.contains("warning: worthless: α = 0.999"), "\(command)")
        #expect(String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self).contains("WARNING, worthless: α = 0.999"))
    }

    @Test func refuses() throws {
        #expect(try report("report.pdf", "base").refused(naming: ".html, .md, .tex or .json"))
        #expect(try report("report.md", "none").refused(naming: "there is no run.json"))
        try folder.write(Data("{\"method\":\"attack\"}".utf8), to: "base/run.json")
        #expect(try report("report.md", "base").refused(naming: "base/run.json"))
        #expect(try Command("report", folder("smoothed"), "--output", "/nonexistent/report.md").refused(naming: "/nonexistent"))
    }
}
