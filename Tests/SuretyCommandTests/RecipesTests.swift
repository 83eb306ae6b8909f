import Foundation
import TestSupport
import Testing

/// The recipes that are part of the command.
@Suite struct RecipesTests {
    private static let folder = DigitsRun.repository.appendingPathComponent("examples/recipes")

    /// The names of the files in examples/recipes.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static func file(_ name: String) -> URL { folder.appendingPathComponent("\(name).yaml") }

    @Test func listsEveryFileWithItsDescription() throws {
        let command = try Command("recipes")
        #expect(command.status == 0, "\(command)")
        let lines = command.output.split(separator: "\n")
        #expect(lines.compactMap { $0.split(separator: " ").first.map(String.init) }.sorted() == Self.names)
        for line in lines { #expect(line.split(separator: " ").count > 4, "\(line) says nothing") }
    }

    @Test(arguments: names) func printsTheFile(name: String) throws {
        let command = try Command("recipes", name)
        let text = try String(contentsOf: Self.file(name), encoding: .utf8)
        #expect(command.status == 0 && command.output == text, "\(command)")
        #expect(try Command("recipes", "unheard-of").refused(naming: "'unheard-of'"))
    }

    /// Every defense has a recipe.
    @Test func everyDefenseHasOne() throws {
        let help = try Command("list", "defenses").output
        let defenses = help.matches(of: /(?:^|\n)([a-z-]+): [a-z]/).map { String($0.1) }
        #expect(defenses.count >= 9, "\(defenses)")
        let texts = try Self.names.map { try String(contentsOf: Self.file($0), encoding: .utf8) }
        for defense in defenses { #expect(texts.contains { $0.contains("\ndefense: \(defense)\n") }, "\(defense)") }
    }

    /// The guides name recipes that there are.
    @Test func theGuidesNameThem() throws {
        let docs = DigitsRun.repository.appendingPathComponent("docs")
        let guides = try FileManager.default.subpathsOfDirectory(atPath: docs.path).filter { $0.hasSuffix(".md") }
        let named = try guides.flatMap { guide in
            try String(contentsOf: docs.appendingPathComponent(guide), encoding: .utf8)
                .matches(of: /--recipe ([^ \n]+)/).map { String($0.1) }
        }
        #expect(named.count > 5)
        for name in named where !name.hasSuffix(".yaml") { #expect(Self.names.contains(name), "\(name)") }
    }

    /// What a recipe called "as published" must say, from the papers and their authors' code: TRADES' `train_trades_mnist.py`,
    /// `models/` and §5, Cohen's `experiments.MD`, and `EXPERIMENTS.MD` of Jeong and Shin's smoothing-consistency, which
    /// divides a batch of 256 by the four copies of each image.
    private static let published: [String: [String]] = [
        "mnist-trades-0.1": [
            "arch: trades-net", "set: {norm: linf, epsilon: 0.1, step: 0.01, steps: 20, beta: 1}", "epochs: 50", "batch: 128",
            "learning-rate: 0.01", "momentum: 0.9", "weight-decay: 0",
        ],
        "mnist-trades-0.3": [
            "arch: trades-smallcnn", "set: {norm: linf, epsilon: 0.3, step: 0.01, steps: 40, beta: 6}", "epochs: 100",
            "batch: 128", "learning-rate: 0.01", "momentum: 0.9", "weight-decay: 0", "milestones: [54, 74, 89]", "decay: 0.1",
        ],
        "cifar10-trades": [
            "arch: wrn-34-10", "set: {norm: linf, epsilon: 0.031, step: 0.007, steps: 10, beta: 6}", "epochs: 100",
            "batch: 128", "learning-rate: 0.1", "momentum: 0.9", "weight-decay: 2e-4", "milestones: [74, 89, 99]", "crop: 4",
            "flip: true",
        ],
        "cifar10-gaussian-0.25": [
            "arch: resnet110", "epochs: 90", "batch: 400", "learning-rate: 0.1", "momentum: 0.9", "weight-decay: 1e-4",
            "milestones: [30, 60]", "crop: 4", "flip: true", "mean: [0.4914, 0.4822, 0.4465]",
            "std: [0.2023, 0.1994, 0.2010]",
        ],
        "mnist-gaussian-0.25": lenet + ["batch: 256"], "mnist-gaussian-0.5": lenet + ["batch: 256"],
        "mnist-gaussian-1.0": lenet + ["batch: 256"],
        "mnist-smoothadv-0.5": lenet + [
            "batch: 64", "set: {sigma: 0.5, copies: 4, epsilon: 0.99609375, steps: 10, warm-up: 10}",
        ],
    ]
    private static let lenet = [
        "arch: lenet", "epochs: 90", "learning-rate: 0.01", "momentum: 0.9", "weight-decay: 1e-4", "milestones: [30, 60]",
        "decay: 0.1",
    ]

    @Test(arguments: names) func asPublishedIsTrueOrAbsent(name: String) throws {
        let lines = try String(contentsOf: Self.file(name), encoding: .utf8).split(separator: "\n").map(String.init)
        let says = lines[0].contains("as published")
        let published = Self.published[name]
        #expect(says == (published != nil), "\(lines[0])")
        for line in published ?? [] { #expect(lines.contains(line), "\(name) lacks \(line)") }
        #expect(!says || !lines.contains { $0.hasPrefix("accumulation") || $0.hasPrefix("warm-up-epochs") })
    }

    /// The experiment of TRADES' table 3: 30 epochs (§5.1) on the authors' network, apart from its second output.
    @Test func theBinaryExperimentIsThePapers() throws {
        let text = try String(contentsOf: Self.file("mnist-trades-binary"), encoding: .utf8)
        for line in ["arch: trades-net", "epochs: 30", "set: {norm: linf, epsilon: 0.1, step: 0.01, steps: 20, lambda: 5}"] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(text.contains("but for two outputs"))
    }

    /// Network, defense and settings of each can be made: on a few images of the shape that its data set has.
    @Test(arguments: names) func makesATraining(name: String) throws {
        let folder = try TemporaryFolder()
        let recipe = try String(contentsOf: Self.file(name), encoding: .utf8)
        let shape = recipe.contains("data: cifar10") ? [3, 32, 32] : [1, 28, 28]
        let images = folder("images.npz")
        try Archive.writeImages(count: 10, shape: shape, to: images)
        let set = recipe.contains("mnist:1,3") ? "\(images):1,3" : images
        // A network of 46 million parameters takes seconds to draw.
        let network = recipe.contains("arch: wrn-34-10") ? ["--arch", "resnet20"] : []
        let command = try Command(
            ["train", "--recipe", name, "--data", set, "--dry-run", "--output", folder("run")] + network,
            in: DigitsRun.repository)
        #expect(command.status == 0, "\(command)")
        let defense = try #require(recipe.firstMatch(of: /\ndefense: (.*)\n/)).1
        let rate = try #require(recipe.firstMatch(of: /\nlearning-rate: (.*)\n/)).1
        #expect(command.output.contains("\ndefense: \(defense)\n"))
        #expect(command.output.contains("\nlearning-rate: \(try #require(Float(rate)))\n"))
        for setting in recipe.firstMatch(of: /\nset: \{(.*)\}\n/)?.1.split(separator: ", ") ?? [] {
            let parts = setting.split(separator: ": ").map(String.init)
            let key = "defense.\(parts[0]): "
            let line = command.output.split(separator: "\n").first { $0.hasPrefix(key) }
            let value = try #require(line, "\(setting)\n\(command)").dropFirst(key.count)
            #expect(value == parts[1] || Float(value) == Float(parts[1]), "\(setting): \(value)")
        }
        #expect(!folder.has("run"))
    }
}
