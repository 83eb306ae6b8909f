import Foundation
import TestSupport
import Testing

@Suite struct RadiusTests {
    @Test func answersOneQuestion() throws {
        let command = try Command("radius", "--votes", "100000", "--samples", "100000", "--alpha", "0.001", "--sigma", "1")
        #expect(command.status == 0)
        // α^(1/n) and its quantile, from the 50-digit table.
        #expect(command.output.contains("pA lower bound  0.99993092"))
        #expect(command.output.contains("radius          3.811"))
    }

    @Test func abstainsBelowOneHalf() throws {
        let command = try Command("radius", "--votes", "50", "--samples", "100", "--sigma", "1")
        #expect(command.status == 0)
        #expect(command.output.contains("abstains"))
    }

    @Test(.enabled(if: SharedData.isAvailable, "needs the shared reference tables"))
    func answersATable() throws {
        let table = try #require(SharedData.url("reference/clopper_pearson.csv"))
        let command = try Command("radius", "--rows", table.path)
        #expect(command.status == 0)
        let truth = try String(contentsOf: table, encoding: .utf8).split(separator: "\n").dropFirst()
        let answers = command.output.split(separator: "\n")
        #expect(answers.first == "k,n,alpha,lower,radius_over_sigma")
        #expect(answers.count == truth.count + 1)
        for (expected, answer) in zip(truth, answers.dropFirst()) {
            let (want, got) = (
                expected.split(separator: ",", omittingEmptySubsequences: false),
                answer.split(separator: ",", omittingEmptySubsequences: false)
            )
            let (bound, found) = (try #require(Double(want[3])), try #require(Double(got[3])))
            #expect(found <= bound + bound.ulp && found >= bound * (1 - 1e-9), "\(answer)")
            #expect(want[5].isEmpty == got[4].isEmpty, "\(answer)")
        }
    }

    @Test(arguments: [
        (["--votes", "5", "--samples", "4", "--sigma", "1"], "5 of 4 votes"),
        (["--votes", "5", "--samples", "0", "--sigma", "1"], "5 of 0 votes"),
        (["--votes", "5", "--samples", "9", "--sigma", "0"], "sigma is 0"),
        (["--votes", "5", "--samples", "9", "--sigma", "1", "--alpha", "1"], "alpha is 1"),
        (["--votes", "60", "--runner-up", "41", "--samples", "100", "--sigma", "1"], "101 of 100 votes"),
        (["--votes", "5"], "--rows"),
        (["--rows", "table.csv", "--runner-up", "5"], "--rows"),
        (["--rows", "/nonexistent.csv"], "/nonexistent.csv"),
    ])
    func refusesBadInput(arguments: [String], message: String) throws {
        let command = try Command(["radius"] + arguments)
        #expect(command.status != 0)
        #expect(command.errors.contains(message), "\(command)")
    }
}
