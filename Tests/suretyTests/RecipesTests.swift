import Foundation
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
        let help = try Command("train", "--help").output
        let defenses = help.matches(of: /\n *([a-z-]+): [a-z]/).map { String($0.1) }
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
