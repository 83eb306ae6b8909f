import Foundation
import TestSupport
import Testing

@Suite struct CertifyTests {
    @Test func writesTheThreeFiles() throws {
        let folder = try TemporaryFolder()
        let command = try Command(DigitsRun.arguments(folder("run")))
        #expect(command.status == 0, "\(command)")
        #expect(command.output.contains("12 of 12 images") && command.output.contains("is complete"))
        #expect(command.output.contains(/clean [01]\.\d{3} \(\d+ of \d+\); certified [01]\.\d{3} at 1, .* at 3; \d+ abstained; 7,200 samples in/), "\(command)")
        #expect(command.output.contains("next: surety verify"))
        let run = try RunFiles(folder("run"))
        #expect(run.lines.count == 12)
        #expect(run.rows.count == 13)
        #expect(run.rows[0] == "idx\tlabel\tpredict\tradius\tcorrect\ttime")
        #expect(run.rows.dropFirst().map { $0.split(separator: "\t").count } == Array(repeating: 6, count: 12))
        #expect(try run.certificates().map(\.image) == (0..<12).map { 3 * $0 })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("run")).sorted() == [
            "certificates.jsonl", "certificates.tsv", "run.json",
        ])
    }

    @Test func recordsWhereTheResultsComeFrom() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"), "--seed", "18446744073709551615", "--threads", "2", "--batch", "32")
        let settings = run.group("settings")
        #expect((settings["noise"] as? [String: Any])?["sigma"] as? Double == 1 && settings["n"] as? Int == 500 && settings["n0"] as? Int == 100)
        #expect(settings["alpha"] as? Double == 0.001 && settings["seed"] as? UInt64 == .max)
        #expect(settings["bound"] as? String == "two-bound" && settings["split"] as? Double == 0.98)
        #expect(settings["norm"] as? String == "l2")
        let sum = try Command(script: "sha256sum \"$1\"", [DigitsRun.model]).output.prefix(64)
        #expect(sum.count == 64 && run.group("model")["sha256"] as? String == String(sum))
        #expect(run.group("model")["file"] as? String == "digits.onnx")
        #expect(run.group("data")["name"] as? String == "synthetic" && run.group("data")["count"] as? Int == 1000)
        let environment = run.group("environment")
        #expect(environment["threads"] as? Int == 2 && environment["batch"] as? Int == 32)
        #expect((environment["libraries"] as? String)?.contains("oneDNN") == true)
        #expect((environment["processor"] as? String)?.isEmpty == false)
        let progress = run.group("progress")
        #expect(progress["completed"] as? Int == 12 && progress["finished"] as? Bool == true)
        let (rate, seconds) = (run.record["samplesPerSecond"] as? Double, progress["seconds"] as? Double)
        #expect(abs(try #require(rate) * #require(seconds) - 12 * 600) < 1e-6)
    }

    /// ℓ∞: the same votes, and the ℓ2 radius divided by √784.
    @Test func measuresInTheLargestPixelToo() throws {
        let folder = try TemporaryFolder()
        let l2 = try DigitsRun.make(folder("l2")).certificates()
        let linf = try DigitsRun.make(folder("linf"), "--norm", "linf").certificates()
        #expect(l2.map(\.counts) == linf.map(\.counts))
        let pairs = zip(l2, linf).map { ($0.radius, $1.radius) }
        #expect(pairs.contains { $0.0 != nil })
        for (long, short) in pairs {
            #expect((long == nil) == (short == nil))
            if let long, let short { #expect(abs(short * 28 / long - 1) < 1e-14 && short * 28 <= long * (1 + 1e-15)) }
        }
    }

    /// The same votes, and the bounds that the calculator gives for two bounds.
    @Test func certifiesWithTwoBounds() throws {
        let folder = try TemporaryFolder()
        let one = try DigitsRun.make(folder("one"), "--bound", "clopper-pearson").certificates()
        let two = try DigitsRun.make(folder("two")).certificates()
        #expect(one.map(\.counts) == two.map(\.counts))
        var certified = 0
        for certificate in two {
            guard let radius = certificate.radius, let answer = certificate.class else { continue }
            certified += 1
            let second = certificate.counts.enumerated().filter { $0.offset != answer }.map(\.element).max() ?? 0
            let answers = try Command(
                "radius", "--votes", "\(certificate.counts[answer])", "--runner-up", "\(second)",
                "--samples", "500", "--sigma", "1")
            // Except for what the noise may be off by, 784 values of some 10⁻¹⁷.
            func number(_ name: String) throws -> Double {
                let line = try #require(answers.output.split(separator: "\n").first { $0.hasPrefix(name) })
                return try #require(line.split(separator: " ").compactMap { Double($0) }.first)
            }
            #expect(try (0...1e-13).contains(number("pA lower bound") - #require(certificate.pALower)))
            #expect(try (0...1e-13).contains(#require(certificate.pBUpper) - number("pB upper bound")))
            #expect(try (0...1e-12).contains(number("radius") - radius))
        }
        #expect(certified >= 3)
    }

    /// With σ = 3 the model knows little, and then it has to say so.
    @Test func abstains() throws {
        let folder = try TemporaryFolder()
        let run = try DigitsRun.make(folder("run"), "--sigma", "3")
        let abstentions = try run.certificates().filter { $0.verdict == "abstained" }
        #expect(!abstentions.isEmpty)
        #expect(abstentions.allSatisfy { $0.class == nil && $0.radius == nil })
        let rows = run.rows.dropFirst().map { $0.split(separator: "\t") }.filter { $0[2] == "-1" }
        #expect(rows.count == abstentions.count && rows.allSatisfy { $0[3] == "0.000000" && $0[4] == "0" })
    }
}
