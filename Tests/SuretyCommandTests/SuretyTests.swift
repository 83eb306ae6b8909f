import Foundation
import Testing

@Suite struct SuretyTests {
    private static let commands = [
        ["train"], ["recipes"], ["list"], ["certify"], ["predict"], ["merge"], ["verify"], ["table"], ["plot"], ["radius"], ["info"],
        ["evaluate"], ["data", "fetch"], ["data", "export"], ["demo"],
    ]

    /// Each example's options are options of the command.
    @Test(arguments: commands)
    func explainsItselfWithAnExample(command: [String]) throws {
        let help = try Command(command + ["--help"])
        #expect(help.status == 0)
        let halves = help.output.split(separator: "USAGE:")
        #expect(halves.count == 2)
        let example = try #require(halves[0].split(separator: "Example").dropFirst().first, "\(help)")
        #expect(example.contains("surety \(command.joined(separator: " "))"))
        for option in example.matches(of: /--[a-z-]+/) { #expect(halves[1].contains(option.output)) }
    }

    @Test func namesItsSubcommands() throws {
        let help = try Command("--help")
        #expect(help.status == 0)
        for name in Set(Self.commands.map { $0[0] }) { #expect(help.output.contains("\n  \(name) "), "\(name)") }
    }

    @Test func tellsItsVersion() throws {
        let command = try Command("--version")
        #expect(command.status == 0 && command.output.contains(/^\d+\.\d+\.\d+\n$/))
    }

    @Test func refusesUnknownWords() throws {
        #expect(try Command("certificate").refused(naming: "certificate"))
        #expect(try Command("info", DigitsRun.model, "--loud").refused(naming: "--loud"))
        #expect(try Command("info").refused(naming: "model"))
    }
}
