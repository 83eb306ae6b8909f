import Foundation
import TestSupport
import Testing

@Suite struct DemoTests {
    @Test func leavesCertificatesTableAndPlot() throws {
        let folder = try TemporaryFolder()
        // The time of processors, two for two minutes, and not the clock's: other tests run beside this one.
        let command = try Command(
            script: #"cd "$1" && "$SURETY" demo --output "$2" && times"#, [folder.root.path, folder("demo")])
        #expect(command.status == 0, "\(command)")
        let used = command.output.matches(of: /(\d+)m([\d.]+)s/).suffix(2).map { 60 * (Double($0.1) ?? .nan) + (Double($0.2) ?? .nan) }
        #expect(used.count == 2 && used.reduce(0, +) < 240, "\(used)")
        #expect(command.output.contains("surety train --recipe synthetic-gaussian-0.5 --output \(folder("demo"))/training"))
        for file in ["table.md", "curve.svg", "curve.png", "training/model.onnx", "training/history.svg"] {
            #expect(folder.contents(of: "demo/\(file)")?.isEmpty == false, "\(file)")
        }
        let table = try String(contentsOfFile: folder("demo/table.md"), encoding: .utf8)
        #expect(table.contains("Certified accuracy") && command.output.contains(table))

        // What it says it did can be done by hand, and what it left can be verified by anyone.
        let model = folder("demo/training/model.onnx")
        for sigma in ["0.25", "0.5"] {
            let run = folder("demo/sigma-\(sigma)")
            #expect(command.output.contains("surety certify \(model) --data synthetic --sigma \(sigma)"))
            let verify = try Command(
                "verify", run, "--model", model, "--data", "synthetic", "--replay", "5")
            #expect(verify.status == 0 && verify.output.contains("100 certificates verified"), "\(verify)")
        }
        for line in command.output.split(separator: "\n") where line.hasPrefix("surety ") {
            let again = try Command(line.split(separator: " ").dropFirst().map(String.init), in: folder.root)
            #expect(again.status == 0 && again.errors.contains("going on after"), "\(again)")
        }
    }

    @Test func refusesWhatCannotBe() throws {
        #expect(try Command("demo", "--threads", "0").refused(naming: "--threads is 0"))
    }
}
