import Foundation
import Surety
import Testing
import TestSupport

@Suite struct AttackCommandTests {
    private struct Line: Decodable {
        let image, label: Int
        let success: Bool
        let l2, linf: Double
        let queries: Int
        let `class`: Int?
        let cleanClass: Int?
        let zeroGradient: Bool?
    }

    private func arguments(_ output: String, _ more: String...) -> [String] {
        ["attack", DigitsRun.model, "--data", "synthetic", "--max", "12", "--output", output] + more
    }

    private func lines(_ folder: TemporaryFolder, _ run: String) throws -> [Line] {
        let data = try #require(folder.contents(of: "\(run)/attacks.jsonl"))
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: $0) }
    }

    @Test func writesWhatItFound() throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run"), "--attack", "pgd", "--norm", "linf", "--epsilon", "0.05,0.3"))
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("within linf 0.3"))
        let found = try lines(folder, "run")
        #expect(found.map(\.image) == Array(0..<12))
        #expect(found.contains { $0.success && $0.linf > 0 })
        // The usual step follows from the radius, and can be given back in these words.
        let record = String(decoding: try #require(folder.contents(of: "run/run.json")), as: UTF8.self)
        #expect(record.contains("\"step\": \"2.5·radius/steps\""), "\(record)")
        for line in found where line.success {
            #expect(line.class != line.label && line.linf <= 0.3)
            #expect(line.linf > 0 || line.cleanClass != line.label)
        }
        let robust = found.count { !$0.success }
        #expect(command.output.contains(String(format: "accuracy   %.4f within linf 0.3", Double(robust) / 12)))
        // The images can be classified by the command itself, and are what the lines say.
        let evaluated = try Command("evaluate", DigitsRun.model, "--data", folder("run/adversarial.npz"))
        #expect(evaluated.output.contains("correct   \(robust)\n"), "\(evaluated)")
        #expect(folder.contents(of: "run/grid.png")?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        // Nothing is overwritten.
        #expect(try Command(arguments(folder("run"), "--attack", "fgsm", "--epsilon", "0.1"))
            .refused(naming: "holds a run with other settings"))
        // Doing the same again reports what exists.
        let again = try Command(arguments(folder("run"), "--attack", "pgd", "--norm", "linf", "--epsilon", "0.05,0.3"))
        #expect(again.status == 0 && again.output == command.output && again.errors.contains("finished"), "\(again)")
    }

    /// Killed without warning again and again, and interrupted, a run ends with the bytes of one that was left alone.
    @Test func goesOnAfterBeingKilled() throws {
        let folder = try TemporaryFolder()
        func attack(_ output: String) -> [String] {
            ["attack", DigitsRun.model, "--data", "synthetic", "--max", "200", "--attack", "square", "--epsilon", "0.1,0.2",
             "--set", "steps=1200", "--output", folder(output)]
        }
        func part() -> [Data] { folder.contents(of: "killed/attacks.jsonl").map { $0.split(separator: UInt8(ascii: "\n")) } ?? [] }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try Command(attack("undisturbed")).status == 0)
        let whole = (clock.now - start) / .seconds(1)
        var random = SeededGenerator(seed: 4)
        var kept: [Data] = []
        var counts: Set<Int> = []
        for kill in 0..<5 {
            let running = try RunningCommand(attack("killed"))
            usleep(UInt32(1e6 * whole * Double.random(in: 0.1...0.3, using: &random)))
            running.send(kill == 3 ? SIGINT : SIGKILL)
            let killed = try running.wait()
            if folder.has("killed/adversarial.npz"), !folder.has("killed/adversarial.part") { break }
            // What one start found, the next keeps.
            let lines = part()
            #expect(lines.starts(with: kept))
            if !kept.isEmpty, lines.count > kept.count { #expect(killed.errors.contains("going on after \(kept.count) of 200")) }
            kept = lines
            counts.insert(lines.count)
        }
        #expect(counts.contains { (1..<200).contains($0) }, "no kill came in the middle: \(counts)")
        #expect(try Command(attack("killed")).status == 0)
        for file in ["attacks.jsonl", "run.json", "adversarial.npz", "grid.png"] {
            #expect(folder.contents(of: "killed/\(file)") == folder.contents(of: "undisturbed/\(file)"), "\(file)")
        }
        #expect(!folder.has("killed/adversarial.part"))
        // A damaged run is not continued.
        try folder.write(Data("{}\n".utf8), to: "killed/attacks.jsonl")
        #expect(try Command(attack("killed")).refused(naming: "attacks.jsonl"))
    }

    /// Not even the queries, though an image that is found early is in a batch with others.
    @Test(arguments: [
        ["ddn", "--norm", "l2", "--set", "steps=20"], ["pgd", "--epsilon", "0.05,0.1,0.2"], ["deepfool", "--norm", "l2"],
        ["square", "--epsilon", "0.1,0.2", "--set", "steps=50"], ["boundary", "--norm", "l2", "--set", "steps=60"],
        ["carlini-wagner", "--norm", "l2", "--set", "steps=20", "--set", "searches=3"],
        ["log-barrier", "--norm", "l2", "--set", "inner-steps=10"], ["l-bfgs", "--norm", "l2", "--set", "searches=3"],
        ["apgd-ce", "--epsilon", "0.1", "--set", "steps=10"], ["mi-fgsm", "--epsilon", "0.1"],
    ])
    func doesNotDependOnBatchesAndThreads(attack: [String]) throws {
        let folder = try TemporaryFolder()
        for (name, options) in [("one", ["--batch", "5", "--threads", "1"]), ("two", ["--batch", "2", "--threads", "2"])] {
            let command = try Command(arguments(folder(name), "--attack") + attack + options)
            #expect(command.status == 0, "\(command)")
        }
        #expect(folder.contents(of: "one/attacks.jsonl") == folder.contents(of: "two/attacks.jsonl"))
        let found = try lines(folder, "one")
        if ["pgd", "deepfool", "square"].contains(attack[0]) { #expect(Set(found.map(\.queries)).count > 1) }
    }

    /// PREDICT judges, and weak noise leaves the classifier as it is.
    @Test func attacksTheSmoothedClassifier() throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(folder("run"), "--attack", "pgd", "--norm", "l2", "--epsilon", "3", "--sigma", "0.25", "--copies", "4",
                "--n", "200"))
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("the smoothed classifier"))
        let found = try lines(folder, "run")
        #expect(found.contains { $0.success && $0.l2 > 2.9 })
        let record = try String(decoding: #require(folder.contents(of: "run/run.json")), as: UTF8.self)
        for text in ["\"smoothed\"", "\"copies\": 4", "\"sigma\": 0.25", "\"n\": 200"] { #expect(record.contains(text)) }
    }

    @Test func movesMass() throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            ["attack", DigitsRun.model, "--data", "synthetic", "--max", "2", "--attack", "wasser", "--epsilon", "0.5,2",
             "--output", folder("run")])
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("within wasserstein 2.0"))
        #expect(try Command(arguments(folder("none"), "--attack", "wasser")).refused(naming: "--epsilon"))
        #expect(!folder.has("none"))
    }

    /// Images go as far as the training images of other classes leave them room, and the record says whose cells they are.
    @Test func keepsToVoronoiCells() throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(folder("run"), "--attack", "voronoi", "--norm", "l2", "--cells", "synthetic", "--set", "step=0.3", "--set", "steps=10"))
        #expect(command.status == 0, "\(command)")
        #expect(try lines(folder, "run").contains { $0.success && $0.l2 > 0 })
        let record = try String(decoding: #require(folder.contents(of: "run/run.json")), as: UTF8.self)
        for text in ["\"cells\": {", "\"m\": \"10\"", "\"step-norm\": \"l2\""] { #expect(record.contains(text), "\(record)") }
    }

    /// What run.json says of an attack, given to --set, attacks alike: with unusual settings, and with the usual ones at
    /// several radii.
    @Test(arguments: [
        ["pgd", "--epsilon", "0.05,0.1"], ["mi-fgsm", "--epsilon", "0.1,0.2", "--set", "decay=0.5"],
        ["pgd", "--epsilon", "0.1", "--set", "loss=margin", "--set", "random-start=false", "--set", "step-sizes=0.01,0.05"],
        ["ddn", "--norm", "l2", "--set", "levels=0", "--set", "steps=20"],
        ["sinkhorn", "--epsilon", "0.1,0.5", "--set", "p=1.5", "--set", "iterations=10"],
        ["voronoi", "--norm", "linf", "--cells", "synthetic", "--set", "step-norm=l2", "--set", "m=3"],
    ])
    func aRecordCanBeGivenBack(_ attack: [String]) throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run"), "--attack") + attack)
        #expect(command.status == 0, "\(command)")
        let record = try JSONSerialization.jsonObject(with: #require(folder.contents(of: "run/run.json"))) as? [String: Any]
        let settings = try #require(record?["settings"] as? [String: Any])
        let parameters = try #require((settings["parameters"] as? [String: [String: String]])?[attack[0]])
        let plain = attack.indices.filter { attack[$0] != "--set" && ($0 == 0 || attack[$0 - 1] != "--set") }.map { attack[$0] }
        let given = parameters.flatMap { ["--set", "\($0.key)=\($0.value)"] }
        let again = try Command(arguments(folder("again"), "--attack") + plain + given)
        #expect(again.status == 0, "\(again)")
        for file in ["run.json", "attacks.jsonl"] {
            #expect(folder.contents(of: "again/\(file)") == folder.contents(of: "run/\(file)"), "\(file)")
        }
    }

    /// At full budget the loss of what was made within each radius is recorded: Zhao et al., figure 4.
    @Test(arguments: ["wasser", "sinkhorn"])
    func recordsTheLossAtFullBudget(attack: String) throws {
        struct Line: Decodable {
            struct Measurement: Decodable {
                let epsilon, crossEntropy, distance, massError: Double
                let success: Bool
            }

            let label: Int
            let cleanClass: Int?
            let measurements: [Measurement]?
        }
        let folder = try TemporaryFolder()
        let command = try Command(
            arguments(
                folder("run"), "--attack", attack, "--epsilon", "0.05,0.5", "--set", "rest=false", "--set", "iterations=25",
                "--set", "window=5", "--set", "p=1.5", "--set", "tolerance=0.005"))
        #expect(command.status == 0, "\(command)")
        let data = try #require(folder.contents(of: "run/attacks.jsonl"))
        let lines = try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: $0) }
        let right = lines.filter { $0.cleanClass == $0.label }
        #expect(right.count > 6 && lines.allSatisfy { ($0.measurements == nil) == ($0.cleanClass != $0.label) })
        var sums = [0.0, 0]
        for line in right {
            let measurements = try #require(line.measurements)
            #expect(measurements.map(\.epsilon) == [0.05, 0.5])
            for (i, it) in measurements.enumerated() {
                sums[i] += it.crossEntropy
                // With ten classes the loss of an image that is taken for another is at least log 2.
                if it.success { #expect(it.crossEntropy > 0.69 && it.distance <= it.epsilon) }
                #expect(it.massError < 0.2)
            }
        }
        #expect(sums[1] > 2 * sums[0])
        #expect(command.output.contains("loss       ") && command.output.contains("the mean cross entropy of"))
        let record = try String(decoding: #require(folder.contents(of: "run/run.json")), as: UTF8.self)
        for text in ["\"rest\": \"false\"", "\"p\": \"1.5\"", "\"tolerance\": \"0.005\"", "\"window\": \"5\""] {
            #expect(record.contains(text), "\(record)")
        }
    }

    /// What stood in the way of medians in ℓ∞: DeepFool alone sought distances, and on this network finds 1.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func theSuiteSeeksDistancesInEitherNorm() throws {
        let folder = try TemporaryFolder()
        let model = DigitsRun.repository.appendingPathComponent("examples/models/mnist-trades-0.3.onnx").path
        func median(_ name: String, _ attack: String...) throws -> Double {
            let command = try Command(
                ["attack", model, "--data", "mnist", "--data-root", SharedModel.path("data"), "--norm", "linf", "--epsilon",
                 "0.01", "--skip", "2000", "--output", folder(name)] + attack)
            #expect(command.status == 0, "\(command)")
            let line = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("median") })
            return try #require(line.split(separator: " ").lazy.compactMap { Double($0.filter { $0 != "," }) }.first)
        }
        #expect(try median("deepfool", "--attack", "deepfool") > 0.6)
        #expect(try (0.3...0.4).contains(median("suite", "--suite", "standard")))
        let report = try Command("report", folder("suite"), folder("deepfool"), "--output", folder("report.md"))
        #expect(report.status == 0, "\(report)")
    }

    /// No distance found lies within what is proven.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func distancesLieBeyondWhatIsProven() throws {
        let folder = try TemporaryFolder()
        let model = [DigitsRun.repository.appendingPathComponent("examples/models/wong-standard.onnx").path, "--data", "mnist",
                     "--data-root", try SharedModel.path("data"), "--norm", "linf", "--skip", "2500"]
        let attack = try Command(["attack"] + model + ["--attack", "pgd-bisection", "--output", folder("attack")])
        #expect(attack.status == 0, "\(attack)")
        let bounds = try Command(["bounds"] + model + ["--proven", "crown", "--blocks", "10", "--output", folder("bounds")])
        #expect(bounds.status == 0, "\(bounds)")
        let report = try Command("report", folder("attack"), folder("bounds"), "--output", folder("report.md"))
        #expect(report.status == 0 && report.output.contains("no soundness alarm"), "\(report)")
        #expect(try lines(folder, "attack").allSatisfy { $0.success && $0.linf > 0 && $0.linf < 0.3 })
    }

    @Test func transfers() throws {
        let folder = try TemporaryFolder()
        let other = folder("other.onnx")
        try folder.write(DigitsRun.otherModel(), to: "other.onnx")
        let options = ["--attack", "fgsm", "--epsilon", "0.2"]
        #expect(try Command(arguments(folder("own")) + options).status == 0)
        #expect(try Command(arguments(folder("other")) + options + ["--source", other]).status == 0)
        // Except for the digests, which are bound to the source.
        func unsealed(_ run: String) throws -> String {
            String(decoding: try #require(folder.contents(of: "\(run)/attacks.jsonl")), as: UTF8.self)
                .replacing(/"digest":"[0-9a-f]+"/, with: "")
        }
        #expect(try unsealed("own") == unsealed("other"))
        let record = try String(decoding: #require(folder.contents(of: "other/run.json")), as: UTF8.self)
        #expect(record.contains("\"source\""))
    }

    /// The largest radii that make sense are not refused, and noise that drowns everything is warned of.
    @Test(arguments: [["--norm", "linf", "--epsilon", "1"], ["--norm", "l2", "--epsilon", "28"], ["--epsilon", "0.5", "--sigma", "64"]])
    func allowsWhatMakesSense(options: [String]) throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run"), "--attack", "fgsm", "--copies", "2", "--n", "20") + options)
        #expect(command.status == 0 && command.errors.contains("warning") == options.contains("64"), "\(command)")
    }

    /// A model whose logits are far apart loses as much, and its missing gradients are reported everywhere.
    @Test func tellsWhereTheGradientIsZero() throws {
        let folder = try TemporaryFolder()
        let network = try ONNXReader.model(from: Data(contentsOf: URL(fileURLWithPath: DigitsRun.model)), imageShape: nil).network
        var builder = try NetworkBuilder(imageShape: network.imageShape)
        for (name, tensor) in network.parameters { try builder.add(tensor, as: name) }
        try builder.add(Tensor(shape: [1], values: [1e6]), as: "factor")
        let logits = try builder.append(network, on: builder.image)
        let scaled = try builder.append(.arithmeticWithParameter(.multiply, operand: "factor", side: .right), to: [logits])
        try folder.write(ONNXWriter.data(for: builder.network(output: scaled)), to: "scaled.onnx")
        let options = ["--attack", "pgd", "--norm", "linf", "--epsilon", "0.2"]
        let usual = try Command(arguments(folder("usual")) + options)
        let command = try Command(
            ["attack", folder("scaled.onnx"), "--data", "synthetic", "--max", "12", "--output", folder("run")] + options)
        #expect(usual.status == 0 && command.status == 0, "\(command)")
        #expect(command.output.contains("gradient   zero on ") && !usual.output.contains("gradient "))
        let found = try lines(folder, "run")
        #expect(found.contains { $0.zeroGradient == true })
        #expect(try lines(folder, "usual").allSatisfy { $0.zeroGradient == nil })
        #expect(try abs(found.count { $0.success } - lines(folder, "usual").count { $0.success }) <= 1)
        let report = try Command("report", folder("run"), "--output", folder("report.md"))
        #expect(report.status == 0, "\(report)")
        let text = String(decoding: try #require(folder.contents(of: "report.md")), as: UTF8.self)
        #expect(text.contains("zero gradient"), "\(text)")
    }

    /// Each suite has an attack that uses no gradient, for models that have none.
    @Test func suitesNeedNoGradient() throws {
        let help = try Command("attack", "--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let suites = try #require(help.split(separator: "Suites: ").last).prefix { $0 != ")" }.split(separator: ";")
        #expect(suites.count == 2 && suites.allSatisfy { $0.contains(", square") }, "\(suites)")
    }

    @Test(arguments: [
        (["--attack", "unheard-of", "--epsilon", "0.1"], "'unheard-of'"), (["--attack", "pgd"], "--epsilon"),
        (["--attack", "pgd", "--epsilon", "-1"], "must not be negative"), ([], "either --attack or --suite"),
        (["--attack", "pgd", "--epsilon", "0.1", "--set", "steps=many"], "steps is many"),
        (["--attack", "pgd", "--epsilon", "0.1", "--set", "stepz=4"], "no setting 'stepz'"),
        (["--attack", "pgd", "--epsilon", "0.1", "--set", "steps"], "write key=value"),
        (["--attack", "ddn", "--norm", "linf"], "only l2"), (["--attack", "pgd", "--epsilon", "0.1", "--sigma", "0"], "sigma"),
        (["--attack", "wasser", "--epsilon", "1", "--set", "window=4"], "odd"),
        (["--attack", "wasser", "--epsilon", "1", "--set", "lambda=4"], "wasser has no setting 'lambda'. It has iterations"),
        (["--attack", "sinkhorn", "--epsilon", "1", "--set", "rest=never"], "rest is never"),
        (["--attack", "voronoi"], "--cells"), (["--attack", "pgd", "--epsilon", "0.1", "--cells", "synthetic"], "--cells"),
        (["--attack", "wasser", "--attack", "pgd", "--epsilon", "1"], "run it alone"),
        (["--attack", "pgd", "--epsilon", "0.1", "--source", "none.onnx"], "none.onnx"),
        // What an attack refuses only when it is prepared for the model, alone or among others.
        (["--attack", "gradient-free", "--epsilon", "0.1"], "noisy copies"),
        (["--attack", "fgsm", "--attack", "gradient-free", "--epsilon", "0.1"], "noisy copies"),
        (["--suite", "standard", "--epsilon", "0.1", "--sigma", "0.5"], "deepfool attacks the network itself"),
        (["--attack", "log-barrier", "--norm", "l2", "--sigma", "0.5"], "log-barrier attacks the network itself"),
        // Radii that hold all images in [0, 1].
        (["--attack", "pgd", "--epsilon", "8"], "divide it by 255 (0.03137)"), (["--attack", "pgd", "--epsilon", "0.1,1.5"], "--epsilon is 1.5"),
        (["--attack", "pgd", "--norm", "l2", "--epsilon", "28.1"], "at most 28 apart"),
        (["--attack", "wasser", "--epsilon", "1500"], "costs 1458.0"),
        (["--attack", "pgd", "--epsilon", "0.1", "--sigma", "0.5", "--alpha", "0.7"], "alpha is 0.7"),
        (["--attack", "log-barrier", "--source", DigitsRun.model], "by transfer"),
        (["--attack", "wasser", "--epsilon", "1", "--source", DigitsRun.model], "by transfer"),
        (["--attack", "ddn", "--norm", "l2", "--sigma", "0.5", "--source", DigitsRun.model], "by transfer"),
    ])
    func refuses(options: [String], culprit: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(arguments(folder("run")) + options)
        #expect(command.refused(naming: culprit), "\(command)")
        #expect(!folder.has("run"))
    }
}
