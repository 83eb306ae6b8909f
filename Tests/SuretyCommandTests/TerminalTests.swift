import Foundation
import TestSupport
import Testing

@Suite struct TerminalTests {
    /// Into a file or a pipe go plain lines: how far, how fast, how long still.
    @Test func writesLinesElsewhere() throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run"), ["--batch", "50", "--threads", "1"]))
        let lines = command.errors.split(separator: "\n")
        #expect(lines.first?.hasSuffix(" clean images are right") == true, "\(command)")
        #expect(lines.dropFirst().first?.contains(/^0\/12 images, [1-9]\d* samples, [\d,]+ a second/) == true, "\(command)")
        #expect(lines.last?.contains(/^12\/12 images, 7,200 samples, [\d,]+ a second$/) == true, "\(command)")
        #expect(!command.errors.contains("\u{1B}") && !command.errors.contains("\r"))
    }

    private static let canPretend = (try? Command(script: "command -v script"))?.status == 0

    /// On a terminal one line is drawn over and over, and left complete.
    @Test(.enabled(if: canPretend, "needs the program script of bsdutils"))
    func drawsABarOnATerminal() throws {
        let folder = try TemporaryFolder()
        let arguments = DigitsRun.arguments(folder("run")).joined(separator: " ")
        let command = try Command(script: "script -qec \"$SURETY $1\" /dev/null", [arguments])
        #expect(command.status == 0, "\(command)")
        // A terminal ends lines with a return and a line feed.
        let drawn = command.output.replacing("\r\n", with: "\n").split(separator: "\r\u{1B}[2K")
        #expect(drawn.first?.hasSuffix(" clean images are right\n") == true, "\(command)")
        #expect(drawn.count >= 3 && drawn.dropFirst().dropLast().allSatisfy { !$0.contains("\n") }, "\(command)")
        let last = try #require(drawn.last)
        #expect(last.contains(/^█{24} 12\/12 images, 7,200 samples, [\d,]+ a second\n12 of 12 images/), "\(command)")
    }
}
