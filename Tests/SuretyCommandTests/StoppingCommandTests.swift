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
        let limited = try DigitsRun.make(folder("limited"), "--max-radius", "0.5", "--n", "20000")
        let limit = try #require(limited.group("settings")["largestRadius"] as? [String: Any])
        #expect(limit["limit"] as? Double == 0.5 && limit["loss"] as? Double == 0)
        let reached = try limited.certificates().filter { $0.radius ?? 0 >= 0.5 }
        #expect(!reached.isEmpty && reached.allSatisfy { $0.counts.reduce(0, +) < 20_000 })
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
        // Started again, it needs the run that it extended: nothing is gained by extending itself.
        let again = try Command(DigitsRun.arguments(folder("large"), ["--radii", "0.5,2", "--n", "3000", "--max", "20"]))
        #expect(again.refused(naming: "(--extend with the run of n = 300)") && !again.errors.contains("there, --extend"), "\(again)")
        let images = try Command(DigitsRun.arguments(folder("large"), ["--radii", "0.5,2", "--n", "3000", "--max", "21"]))
        #expect(images.refused(naming: "there, --extend \(folder("large")) uses the votes"), "\(images)")
        _ = try DigitsRun.make(folder("direct"), "--radii", "0.5,2", "--n", "3000")
        let direct = try Command(DigitsRun.arguments(folder("direct"), ["--radii", "0.5,2", "--n", "3000", "--extend", folder("small")]))
        #expect(direct.refused(naming: "(without --extend)") && !direct.errors.contains("there, --extend"), "\(direct)")
        // More samples in the same directory: they can be had elsewhere.
        let more = try Command(DigitsRun.arguments(folder("small"), ["--radii", "0.5,2", "--n", "3000"]))
        #expect(more.refused(naming: "there, --extend \(folder("small")) uses the votes"), "\(more)")
        // The earlier run stays as it was, and goes on with its own settings alone.
        #expect(try Command("verify", folder("small")).status == 0)
        #expect(try Command(DigitsRun.arguments(folder("x"), ["--radii", "0.5", "--n", "3000", "--extend", folder("small")]))
            .refused(naming: "settings.columns.radii"))
        #expect(try Command(DigitsRun.arguments(folder("x"), ["--n", "3000", "--extend", folder("nothing")])).refused(naming: "nothing"))
    }

    @Test func keepsToABudget() throws {
        let folder = try TemporaryFolder()
        let arguments = DigitsRun.arguments(folder("run"), ["--n", "2000", "--max", "1000", "--skip", "1"])
        let command = try Command(arguments + ["--budget", "1s"])
        #expect(command.status == 0 && command.output.contains("of 1000 images are left open"), "\(command)")
        // Tables divide by all 1000, and an image without votes has not all of them.
        let table = try Command("table", folder("run"), "--format", "json", "--radii", "0")
        #expect(table.status == 0, "\(table)")
        let figures = try #require(try JSONSerialization.jsonObject(with: Data(table.output.utf8)) as? [[String: Any]]).first
        let certified = try #require(figures?["certified"] as? [[String: Any]]).first, lines = try RunFiles(folder("run")).certificates()
        let right = lines.count { $0.class == $0.label }, open = lines.count { $0.verdict == "undecided" }
        #expect(figures?["images"] as? Int == 1000 && lines.count == 1000 && open > 0 && right > 0)
        #expect(certified?["count"] as? Int == right && certified?["undecided"] as? Int == open)
        #expect(certified?["fraction"] as? Double == Double(right) / 1000)
        let all = lines.count { $0.counts.max() == 2000 }
        #expect(figures?["allVotes"] as? Double == Double(all) / 1000)
        #expect(try Command("verify", folder("run")).status == 0)
    }

    @Test func plans() throws {
        let options = ["--data", "synthetic", "--sigma", "1", "--n", "5000", "--skip", "3", "--pilot", "1s"]
        let plan = try Command(["plan", DigitsRun.model] + options + ["--radii", "0.5,2", "--budget", "1s"])
        #expect(plan.status == 0, "\(plan)")
        for words in ["334 images", "n = 5,000 for each image: 1,703,400 samples", "stopping by its votes", "by a pilot of", "1 s"] {
            #expect(plan.output.contains(words), "\(words): \(plan)")
        }
        // One radius: a few images take nearly all, and that is said.
        let one = try Command(["plan", DigitsRun.model] + options + ["--radii", "1"])
        #expect(one.status == 0 && one.output.contains(/stopping by its votes: [\d,]+ to [\d,]+ samples, typically [\d,]+, at most 1,703,400;/), "\(one)")
        #expect(one.output.contains("a few images decide the cost"), "\(one)")
        let fixed = try Command(["plan", DigitsRun.model] + options + ["--budget", "1s"])
        #expect(fixed.status == 0 && fixed.output.contains("--skip") && fixed.output.contains("--budget 1s"), "\(fixed)")
    }
}
