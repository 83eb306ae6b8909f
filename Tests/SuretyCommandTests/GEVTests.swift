import Foundation
import TestSupport
import Testing

@Suite struct GEVTests {
    struct Answer: Decodable {
        let count: Int
        let shape, location, scale, logLikelihood, p, quantile, kolmogorovSmirnovP: Double
        let poor: Bool
    }

    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func fitsAFile() throws {
        let folder = try TemporaryFolder()
        let reference = try JSONSerialization.jsonObject(with: Data(contentsOf: SharedModel.url("reference/gev.json")))
        let sets = try #require((reference as? [String: Any])?["sets"] as? [[String: Any]])
        let set = try #require(sets.first)
        let samples = try #require(set["samples"] as? [Double])
        let text = "# maxima\n\n" + samples.map { "  \($0)" }.joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder("maxima.txt")))

        let command = try Command("gev", folder("maxima.txt"), "--format", "json")
        #expect(command.status == 0, "\(command)")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(command.output.utf8))
        #expect(answer.count == samples.count && answer.p == 0.001 && !answer.poor)
        #expect(answer.logLikelihood >= (set["log_likelihood"] as? Double ?? .infinity) - 1e-6)
        let quantile = try #require(set["upper_quantile_p0.001"] as? Double)
        #expect(abs(answer.quantile / quantile - 1) < 1e-4)

        let plain = try Command("gev", folder("maxima.txt"), "--p", "0.01")
        #expect(plain.status == 0)
        for word in ["shape", "location", "scale", "logLikelihood", "quantile", "Kolmogorov–Smirnov p", "0.01"] {
            #expect(plain.output.contains(word), "\(plain)")
        }
    }

    /// A fit that is not to be relied on is called failed, and the larger number is given.
    @Test func saysThatAnEstimateFailed() throws {
        let folder = try TemporaryFolder()
        let numbers = (0..<9).map { 1 + 1e-9 * Double($0 * $0) } + [1.5]
        try Data(numbers.map { "\($0)" }.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: folder("maxima.txt")))
        let plain = try Command("gev", folder("maxima.txt"))
        #expect(plain.status == 0 && plain.output.contains("The estimate failed: "), "\(plain)")
        let command = try Command("gev", folder("maxima.txt"), "--format", "json")
        struct Failed: Decodable {
            let shape, quantile, maximum, estimate: Double
            let border, problem: String
            let spread: [Double]
        }
        let answer = try JSONDecoder().decode(Failed.self, from: Data(command.output.utf8))
        #expect(answer.shape <= 1 && answer.estimate == max(answer.quantile, answer.maximum) && answer.estimate < 3000)
        #expect(answer.spread.count == 2 && answer.spread[0] <= answer.spread[1])
        #expect(try Command("gev", folder("maxima.txt"), "--format", "json").output == command.output)
    }

    @Test(arguments: [
        ("1\n2\nthree\n", [], "line 3: 'three' is not a number"), ("1\n2\n3\n", [], "3 numbers"),
        ("1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n", [], "all numbers are 1.0"), ("", [], "0 numbers"),
        ("nan\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", [], "number 1 is nan"), ("1\n", ["--p", "0"], "--p is 0"),
        ("1\n", ["--format", "xml"], "xml"),
    ])
    func refusesBadInput(contents: String, arguments: [String], message: String) throws {
        let folder = try TemporaryFolder()
        try Data(contents.utf8).write(to: URL(fileURLWithPath: folder("numbers.txt")))
        #expect(try Command(["gev", folder("numbers.txt")] + arguments).refused(naming: message))
    }

    @Test func refusesAMissingFile() throws {
        #expect(try Command("gev", "/nonexistent.txt").refused(naming: "/nonexistent.txt"))
    }
}
