import Foundation
import Testing

@Suite struct DemoTests {
    @Test func leavesCertificatesTableAndPlot() throws {
        let folder = try TemporaryFolder()
        let clock = ContinuousClock()
        let start = clock.now
        let command = try Command("demo", "--output", folder("demo"), in: DigitsRun.repository)
        #expect(command.status == 0, "\(command)")
        #expect(clock.now - start < .seconds(120))
        for file in ["table.md", "curve.svg", "curve.png"] {
            #expect(folder.contents(of: "demo/\(file)")?.isEmpty == false, "\(file)")
        }
        let table = try String(contentsOfFile: folder("demo/table.md"), encoding: .utf8)
        #expect(table.contains("Certified accuracy") && command.output.contains(table))

        // What it says it did can be done by hand, and what it left can be verified by anyone.
        for sigma in ["0.25", "0.5"] {
            let run = folder("demo/sigma-\(sigma)")
            #expect(command.output.contains("surety certify examples/digits.onnx --data synthetic --sigma \(sigma)"))
            let verify = try Command(DigitsRun.verify(run, replay: "5"))
            #expect(verify.status == 0 && verify.output.contains("100 certificates verified"), "\(verify)")
        }
        let line = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("surety certify") })
        let again = try Command(line.split(separator: " ").dropFirst().map(String.init), in: DigitsRun.repository)
        #expect(again.status == 0 && again.errors.contains("going on after 100 of 100 images"), "\(again)")
    }

    @Test func saysWhereItsModelIs() throws {
        let folder = try TemporaryFolder()
        let command = try Command("demo", "--output", folder("demo"), in: folder.url)
        #expect(command.refused(naming: "examples/digits.onnx"), "\(command)")
        #expect(try Command("demo", "--threads", "0").refused(naming: "--threads is 0"))
    }
}
