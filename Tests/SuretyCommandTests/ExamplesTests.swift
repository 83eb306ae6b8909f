import Foundation
import Testing

/// The programs in examples/, run as their readers run them.
@Suite struct ExamplesTests {
    private static let executable = Command.product("certify-images")
    private static let source = DigitsRun.repository.appendingPathComponent("examples/certify-images/main.swift")

    @Test func certifiesTenImages() throws {
        let run = try RunningCommand([], of: Self.executable, in: DigitsRun.repository).wait()
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 11 && lines[10].isEmpty, "\(run.output)")
        #expect(lines.prefix(10).enumerated().allSatisfy { $1.hasPrefix("image \($0): ") }, "\(run.output)")
        // The bundled model has a claim for all ten; another one would have it for most.
        #expect(lines.count { $0.contains(" within ") } >= 5, "\(run.output)")

        let elsewhere = try RunningCommand([DigitsRun.model], of: Self.executable, in: URL(fileURLWithPath: "/")).wait()
        #expect(elsewhere.status == 0, "\(elsewhere.errors)")
        #expect(elsewhere.output == run.output)
    }

    @Test(arguments: ["/nonexistent.onnx", "/dev/null"])
    func refusesWhatIsNoModel(path: String) throws {
        let run = try RunningCommand([path], of: Self.executable).wait()
        #expect(run.status == 1)
        #expect(!run.errors.isEmpty && run.output.isEmpty)
    }

    /// An attack, a defense, a bound and a noise family from outside the library; the program checks each.
    @Test func whatComesFromOutsideWorks() throws {
        let run = try RunningCommand([DigitsRun.model], of: Command.product("outside-extensions")).wait()
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 10 && lines.allSatisfy { $0.hasPrefix("ok ") }, "\(run.output)")
    }

    /// docs/library.md shows the program as it is.
    @Test func theGuideShowsTheProgram() throws {
        let guide = try String(contentsOf: DigitsRun.repository.appendingPathComponent("docs/library.md"), encoding: .utf8)
        #expect(guide.contains("```swift\n\(try String(contentsOf: Self.source, encoding: .utf8))```"))
    }
}
