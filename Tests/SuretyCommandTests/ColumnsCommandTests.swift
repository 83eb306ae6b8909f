import Foundation
import Testing
import TestSupport

/// `surety certify --radii`.
@Suite struct ColumnsCommandTests {
    @Test func decidesTheRadiiFromFewerSamples() throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run"), ["--radii", "0,0.5,1", "--n", "5000"]))
        #expect(command.status == 0 && command.output.contains("times fewer than the most there might have been"), "\(command)")
        let run = try RunFiles(folder("run"))
        let columns = try #require(run.group("settings")["columns"] as? [String: Any])
        #expect(columns["radii"] as? [Double] == [0, 0.5, 1] && columns["hope"] as? Double == 0.05)
        let certificates = try run.certificates()
        #expect(certificates.contains { $0.radius != nil } && certificates.allSatisfy { [nil, 0, 0.5, 1].contains($0.radius) })
        #expect(certificates.allSatisfy { $0.counts.reduce(0, +) <= 5000 } && certificates.contains { $0.counts.reduce(0, +) < 2000 })

        let verify = try Command(DigitsRun.verify(folder("run"), replay: "all"))
        #expect(verify.status == 0 && verify.output.contains("12 of 12 replayed with equal votes"), "\(verify)")
        #expect(verify.output.contains("n = 5000 at most") && verify.output.contains("decided at 0.0, 0.5, 1.0, given up below 0.05"), "\(verify)")
        let table = try Command("table", folder("run"), "--radii", "0,0.5,1")
        #expect(table.status == 0 && table.output.contains("≥ 0."), "\(table)")
        // The same certificates on any number of threads; and others for other columns, which do not go on with these.
        let again = try DigitsRun.make(folder("again"), "--radii", "0,0.5,1", "--n", "5000", "--threads", "1", "--batch", "7")
        #expect(try again.certificates().map(\.counts) == certificates.map(\.counts))
        for (options, difference) in [(["--radii", "0,0.5"], "settings.columns.radii"), (["--radii", "0,0.5,1", "--hope", "0"], "settings.columns.hope"), ([], "settings.columns")] {
            #expect(try Command(DigitsRun.arguments(folder("run"), ["--n", "5000"] + options)).refused(naming: difference))
        }
    }

    @Test func refusesNonsense() throws {
        let folder = try TemporaryFolder()
        for (options, reason) in [
            (["--radii", "0.5,0.25"], "they must be at least 0 and increase"), (["--radii", "1", "--hope", "1"], "hope is 1.0"),
            (["--radii", "1", "--bound", "two-bound-halves"], "stopping by votes needs the bound"),
            (["--radii", "x"], "radii"),
        ] { #expect(try Command(DigitsRun.arguments(folder("run"), options)).refused(naming: reason), "\(reason)") }
    }
}
