import Foundation
import TestSupport
import Testing

/// The pages for users of other libraries: what they say to type is typed.
@Suite struct GuidePagesTests {
    struct Guide: CustomTestStringConvertible, Sendable {
        let name: String
        /// The modules that its program needs.
        let modules: [String]
        var testDescription: String { name }
        var script: PythonScript { PythonScript("../docs/\(name).md", needing: modules) }
    }

    private static let guides = [
        Guide(name: "from-pytorch", modules: ["torch", "onnx", "onnxscript"]), Guide(name: "from-keras", modules: ["keras", "onnx"]),
        Guide(name: "from-scikit-learn", modules: ["sklearn", "skl2onnx"]),
    ].filter(\.script.isAtHand)

    @Test(arguments: guides)
    func doesWhatItSays(_ guide: Guide) throws {
        let page = try String(
            contentsOf: DigitsRun.repository.appendingPathComponent("docs/\(guide.name).md"), encoding: .utf8)
        let folder = try TemporaryFolder()
        let program = Self.blocks("python", in: page).joined(separator: "\n")
        let found = try PythonScript.run(
            ["-c", "import os; os.chdir(\"\(folder.root.path)\"); os.environ.setdefault(\"KERAS_BACKEND\", \"torch\")\n" + program], input: "")
        #expect(found.status == 0 && folder.has("model.onnx") && folder.has("images.npz"), "\(found.output)")
        let commands = Self.blocks("sh", in: page).flatMap { $0.split(separator: "\n") }
        #expect(commands.count >= 3)
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            #expect(words.first == "surety")
            let files = ["model.onnx", "images.npz", "run", "bounds"]
            // The last word, or one after an option, that names a file.
            let arguments = words.dropFirst().enumerated().map { index, word in
                index > 0 && files.contains(word) ? folder(word) : word
            }
            let result = try Command(arguments)
            #expect(result.status == 0, "\(command): \(result)")
        }
    }

    /// The fenced blocks of a language.
    private static func blocks(_ language: String, in page: String) -> [String] {
        page.components(separatedBy: "```\(language)\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }
}
