import Foundation
import Testing
import TestSupport

/// `surety certify --stop-at`, `--budget`, `--extend`, and `surety plan`.
@Suite struct StoppingCommandTests {
    @Test func stopsNearTheLargestRadius() throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run"), ["--stop-at", "0.1", "--n", "20000"]))
        #expect(command.status == 0 && command.output.contains("images stopped before"), "\(command)")
        #expect(command.output.contains("with all samples at most"), "\(command)")
        let search = try #require(try RunFiles(folder("run")).group("settings")["largestRadius"] as? [String: Any])
        #expect(search["loss"] as? Double == 0.1 && search["limit"] == nil)
        let verify = try Command(DigitsRun.verify(folder("run"), replay: "all"))
        #expect(verify.status == 0 && verify.output.contains("12 of 12 replayed with equal votes"), "\(verify)")
        for options in [["--stop-at", "0.1", "--radii", "1"], ["--stop-at", "1"], ["--max-radius", "0"], ["--extend", folder("run")], ["--budget", "soon"], ["--hope", "0.1"]] {
            #expect(try Command(DigitsRun.arguments(folder("run"), ["--n", "20000"] + options)).status != 0)
        }
    }

    @Test func extendsARun() throws {
        let folder = try TemporaryFolder()
        let small = try DigitsRun.make(folder("small"), "--radii", "0.5,2", "--n", "300")
        let large = try DigitsRun.make(folder("large"), "--radii", "0.5,2", "--n", "3000", "--max", "20", "--extend", folder("small"))
        #expect(large.group("settings")["earlierCaps"] as? [Int] == [300] && small.group("settings")["earlierCaps"] == nil)
        #expect(try large.certificates().count == 20)
        #expect(try Command("verify", folder("large")).status == 0)
        // The earlier run stays as it was, and goes on with its own settings alone.
        #expect(try Command("verify", folder("small")).status == 0)
        #expect(try Command(DigitsRun.arguments(folder("x"), ["--radii", "0.5", "--n", "3000", "--extend", folder("small")]))
            .refused(naming: "settings.columns.radii"))
        #expect(try Command(DigitsRun.arguments(folder("x"), ["--n", "3000", "--extend", folder("nothing")])).refused(naming: "nothing"))
    }

    @Test func keepsToABudget() throws {
        let folder = try TemporaryFolder()
        let arguments = DigitsRun.arguments(folder("run"), ["--n", "100000", "--max", "300", "--skip", "1"])
        let command = try Command(arguments + ["--budget", "1s"])
        #expect(command.status == 0 && command.output.contains("of 300 images are left open"), "\(command)")
        let table = try Command("table", folder("run"))
        #expect(table.status == 0, "\(table)")
        #expect(try Command("verify", folder("run")).status == 0)
    }

    @Test func plans() throws {
        let options = ["--data", "synthetic", "--sigma", "1", "--n", "5000", "--skip", "3", "--pilot", "1s"]
        let plan = try Command(["plan", DigitsRun.model] + options + ["--radii", "0.5,2", "--budget", "1s"])
        #expect(plan.status == 0, "\(plan)")
        for words in ["334 images", "n = 5,000 for each image: 1,703,400 samples", "stopping by its votes", "by a pilot of", "1 s"] {
            #expect(plan.output.contains(words), "\(words): \(plan)")
        }
        let fixed = try Command(["plan", DigitsRun.model] + options + ["--budget", "1s"])
        #expect(fixed.status == 0 && fixed.output.contains("--skip") && fixed.output.contains("--budget 1s"), "\(fixed)")
    }
}
