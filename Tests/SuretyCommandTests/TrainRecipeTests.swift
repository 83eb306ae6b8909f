import Foundation
import TestSupport
import Testing

/// Recipes of a person's own: what they say is done, and what they cannot mean is refused with its line.
@Suite struct TrainRecipeTests {
    private static let sound = """
        description: a small one
        defense: gaussian
        set: {sigma: 0.375}
        arch: mlp
        data: synthetic
        split: test
        epochs: 2
        batch: 100
        learning-rate: 0.1
        optimiser: sgd
        momentum: 0.5
        nesterov: true
        weight-decay: 0
        schedule: steps
        milestones: [1]
        decay: 0.5
        warm-up-epochs: 1
        crop: 1
        flip: false
        mean: 0.1
        std: [0.3]
        accumulation: 2
        seed: 9

        """

    private func train(_ yaml: String, _ more: String...) throws -> Command {
        let folder = try TemporaryFolder()
        let file = try folder.write(Data(yaml.utf8), to: "recipe.yaml").path
        return try Command(["train", "--recipe", file, "--output", folder("run")] + more)
    }

    @Test func aRecipeIsItsOptions() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data(Self.sound.utf8), to: "recipe.yaml")
        let recipe = try Command("train", "--recipe", "recipe.yaml", "--output", "recipe", in: folder.root)
        #expect(recipe.status == 0, "\(recipe)")
        let options = try Command(
            [
                "train", "--defense", "gaussian", "--set", "sigma=0.375", "--arch", "mlp", "--data", "synthetic",
                "--split", "test", "--epochs", "2", "--batch", "100", "--learning-rate", "0.1", "--momentum", "0.5", "--nesterov",
                "--weight-decay", "0", "--schedule", "steps", "--milestones", "1", "--decay", "0.5", "--warm-up-epochs", "1",
                "--crop", "1", "--mean", "0.1", "--std", "0.3", "--accumulation", "2", "--seed", "9", "--output", "options",
            ], in: folder.root)
        #expect(options.status == 0, "\(options)")
        let models = ["recipe", "options"].map { folder.contents(of: "\($0)/model.onnx") }
        #expect(models[0] != nil && models[0] == models[1])
        let info = try Command("info", folder("recipe/model.onnx")).output
        for line in ["warm-up-epochs: 1", "crop: 1", "mean: 0.1", "std: 0.3", "accumulation: 2", "seed: 9"] {
            #expect(info.contains("\n\(line)\n"), "\(line)")
        }
    }

    @Test func optionsOverrideTheRecipe() throws {
        func lines(_ options: String...) throws -> Set<Substring> {
            let folder = try TemporaryFolder()
            let file = try folder.write(Data(Self.sound.utf8), to: "recipe.yaml").path
            let command = try Command(["train", "--recipe", file, "--output", folder("run"), "--dry-run"] + options)
            #expect(command.status == 0, "\(command)")
            return Set(command.output.split(separator: "\n"))
        }
        #expect(try lines("--epochs", "5").contains("epochs: 5"))
        #expect(try lines("--set", "sigma=1").contains("defense.sigma: 1.0"))
        #expect(try lines("--no-nesterov").contains("optimiser: sgd, momentum 0.5, weight decay 0.0"))
        #expect(try lines("--flip").contains("flip: true"))
        // With another choice go the settings that belonged to the recipe's.
        #expect(try lines("--optimiser", "adam").contains { $0.hasPrefix("optimiser: adam") })
        #expect(try lines("--schedule", "cosine").contains("schedule: cosine"))
        #expect(try lines("--defense", "pgd").contains("defense.epsilon: 0.3"))
    }

    @Test(arguments: [
        ("defense: trades\nbetta: 6\n", ", line 2: there is no key 'betta'. A recipe has accumulation, arch, batch"),
        ("epochs: ten\n", ", line 1: epochs is 'ten', and must be a whole number"),
        ("arch: mlp\nepochs: \"10\"\n", ", line 2: epochs is the text \"10\", and must be a whole number"),
        ("epochs: 1.5\n", "epochs is '1.5', and must be a whole number"),
        ("epochs: [1]\n", "epochs is a list"), ("epochs:\n", "epochs is empty"), ("epochs: {a: 1}\n", "epochs is a mapping"),
        ("\n\nepochs: 0\n", ", line 3: epochs is 0: it must lie between 1 and 100000"),
        ("learning-rate: .nan\n", "learning-rate is '.nan', and must be a number"),
        ("learning-rate: -1\n", ", line 1: learning-rate is -1.0: it must be positive"),
        ("nesterov: maybe\n", "nesterov is 'maybe', and must be true or false"),
        ("arch: perceptron\n", "arch is 'perceptron', and must be one of mlp, lenet"),
        ("milestones: [1, two]\n", "milestones is a list, and must be whole numbers"),
        ("std: [0]\n", "std is [0.0]: it must be positive"),
        ("seed: -1\n", "seed is '-1'"), ("data: [mnist]\n", "data must be a word"),
        ("set: 5\n", "set is '5', and must hold keys"),
        ("set: {sigma: [1]}\n", "set must hold words"),
        ("defense: magic\n", ", line 1: there is no defense 'magic': choose standard"),
        ("defense: gaussian\nset:\n  sigma: loud\n", ", line 3: gaussian: sigma is loud, and must be a number"),
        ("defense: gaussian\nset:\n  noise: 1\n", ", line 3: gaussian has no setting 'noise'. It has sigma"),
        ("defense: trades\nset: {beta: 1, lambda: 1}\n", ", line 2: trades: beta is 1 and lambda 1, but lambda is 1/beta"),
        ("epochs: 1\narch: mlp\nepochs: 2\n", ", line 3: the key 'epochs' is given twice"),
        ("epochs: [1\nbatch: 2\n", "this is not YAML"), ("a: b: c\n", ", line 1: this is not YAML"),
        ("\tepochs: 1\n", "this is not YAML"),
        ("- epochs\n", "there are no keys in it"), ("", "there are no keys in it"), ("epochs", "there are no keys in it"),
        ("? [a]\n: 1\n", "a key must be a word"), ("[a, b]: 1\n", "a key must be a word"),
        ("{a: b}: 1\n", "a key must be a word"), ("set: {[a]: 1}\n", "set must hold words"),
        ("epochs: &e 3\nbatch: *e\n", "line 1: a recipe has no anchors and aliases"),
        ("epochs: 3\nset: {\"a\":&x 1}\n", "line 2: a recipe has no anchors and aliases"),
        ("- &a\n", "no anchors"), ("&a epochs: 1\n", "no anchors"), ("epochs: *e\n", "this is not YAML"),
        ("defense: gaussian\narch: mlp\ndata: synthetic\n", "--epochs is missing"),
        ("defense: gaussian\narch: mlp\nepochs: 1\n", "--data is missing"),
        ("\(sound)pseudo-labels: model.onnx\n", "--unlabelled and --pseudo-labels belong together"),
    ])
    func refusesRecipes(yaml: String, words: String) throws {
        let command = try train(yaml)
        #expect(command.refused(naming: words), "\(command)")
        if !words.hasPrefix("--") { #expect(command.errors.contains("recipe.yaml")) }
    }

    /// A few lines of aliases that stand for 2⁴⁰ words: as keys they kept the composer busy for ever. And deep nesting.
    @Test func refusesBombs() throws {
        let doubling = "a0: &a0 [word, word]\n" + (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        for bomb in [doubling + "? *a39\n: 1\n", doubling + "? [*a39, 1]\n: 1\n", doubling] {
            #expect(try train(bomb).refused(naming: "line 1: a recipe has no anchors and aliases"))
        }
        for nesting in ["[", "{", "- ", "? "] {
            let command = try train(String(repeating: nesting, count: 50_000))
            #expect(command.refused(naming: "this is not YAML"), "\(nesting)")
        }
    }

    /// What only looks like an anchor.
    @Test func readsAmpersandsInTexts() throws {
        let command = try train(Self.sound.replacingOccurrences(of: "a small one", with: "Q&A & \"more\"  # R & D"), "--dry-run")
        #expect(command.status == 0, "\(command)")
    }

    @Test func refusesWhatIsNoRecipe() throws {
        let folder = try TemporaryFolder()
        for (recipe, words) in [
            (folder("none.yaml"), "cannot read the recipe \(folder("none.yaml")): No such file"),
            ("unheard-of", "there is no recipe"),
            (folder("binary.yaml"), "cannot read the recipe"), (folder.root.path, "cannot read the recipe"),
        ] {
            try folder.write(Data([0xFF, 0xFE, 0, 0x80]), to: "binary.yaml")
            let command = try Command("train", "--recipe", recipe, "--output", folder("run"))
            #expect(command.refused(naming: words), "\(command)")
        }
        #expect(!folder.has("run"))
    }
}
