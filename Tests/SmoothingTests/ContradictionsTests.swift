import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import Testing
import TestSupport

/// Runs over twenty images of four pixels, no two farther apart than a few tenths, so that large radii of different classes
/// overlap.
@Suite struct ContradictionsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func written(_ name: String, _ run: SmallRun) throws -> Contradictions.NamedRun {
        try run.write(to: folder.url(name))
        return (name, try SmoothingRun(of: folder.url(name)), run.images)
    }

    /// In one run, each pair that a plain loop finds is named at its lines; and Σα is that of the certificates with a radius.
    @Test func namesEachPairOfARun() throws {
        let run = try written("run", SmallRun())
        let found = try Contradictions(among: [run], threads: 2)
        let balls = run.contents.certificates.compactMap { certificate -> (Int, Int, Double)? in
            guard let answer = certificate.verdict.answer, let radius = certificate.verdict.radius else { return nil }
            return (certificate.image, answer, radius)
        }
        var expected: [String] = []
        for (place, a) in balls.enumerated() {
            for b in balls.dropFirst(place + 1) where a.1 != b.1 {
                let square = zip(run.images.image(at: a.0), run.images.image(at: b.0))
                    .reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
                if square.squareRoot() < a.2 + b.2 { expected.append("\(a.0) \(b.0)") }
            }
        }
        #expect(!expected.isEmpty && expected.count < balls.count * (balls.count - 1) / 2)
        #expect(found.count == expected.count)
        let named = found.findings.map { finding in
            let other = finding.message.firstMatch(of: /line \d+, image (\d+):/)?.1 ?? "none"
            #expect(finding.file == "certificates.jsonl" && finding.line == (finding.image ?? 0) + 1)
            return "\(finding.image ?? -1) \(other)"
        }
        #expect(named == expected)
        #expect(found.certificates == balls.count)
        #expect(abs(found.chance - 0.001 * Double(balls.count)) < 1e-12)
    }

    /// Two runs of one classifier contradict each other where they give one image two classes; runs of two classifiers, or of
    /// predictions, never do.
    @Test func comparesRunsOfOneClassifierAlone() throws {
        func pairs(_ runs: Contradictions.NamedRun...) throws -> Int { try Contradictions(among: runs, threads: 1).count }
        // Its images' votes are others: the generator of votes is the image's, so the classes are turned here.
        let run = try written("run", SmallRun(selection: ImageSelection(max: 1)))
        let turned = try turnedClasses(of: run, into: "turned", SmallRun(seed: 8, selection: ImageSelection(max: 1)))
        #expect(try pairs(run) == 0 && pairs(turned) == 0)
        #expect(try pairs(run, turned) == 1)
        let finding = try #require(try Contradictions(among: [run, turned], threads: 1).findings.first)
        #expect(finding.file == "run/certificates.jsonl" && finding.message.contains("turned/certificates.jsonl line 1, image 0"))
        for other in [
            try SmallRun(sigma: 0.5, selection: ImageSelection(max: 1)), try SmallRun(selection: ImageSelection(max: 1), mean: nil),
            try SmallRun(selection: ImageSelection(max: 1), modelSHA256: String(repeating: "b", count: 64)),
            try SmallRun(.certify(n0: 20, bound: .clopperPearson, norm: .linf), selection: ImageSelection(max: 1)),
        ] {
            let name = UUID().uuidString
            #expect(try pairs(run, turnedClasses(of: written(name, other), into: "\(name)-turned", other)) == 0)
        }
        #expect(try pairs(written("predictions", SmallRun(.predict))) == 0)
    }

    /// In words: each pair that is kept, how many more there are, and Σα.
    @Test func saysWhatItFound() throws {
        func lines(_ runs: [Contradictions.NamedRun]) throws -> [String] {
            let found = try Contradictions(among: runs, threads: 1)
            let lines = "\(found)".split(separator: "\n").map(String.init)
            #expect(lines.starts(with: found.findings.map(\.description)))
            return Array(lines.dropFirst(found.findings.count))
        }
        let run = try written("run", SmallRun()), first = try written("first", SmallRun(selection: ImageSelection(max: 1)))
        let turned = try turnedClasses(of: run, into: "turned", SmallRun(seed: 8))
        let other = try turnedClasses(of: first, into: "other", SmallRun(seed: 8, selection: ImageSelection(max: 1)))
        let chance = "; the probability that honest runs have such a pair is at most"
        #expect(try lines([first]) == [
            "1 certificates with a radius: no two contradict each other\(chance) 0.001, the sum of all α",
        ])
        #expect(try lines([first, other]) == [
            "2 certificates with a radius: 1 pair contradict each other\(chance) 0.002, the sum of all α",
        ])
        // Each of eight runs contradicts each of eight others about each of sixteen images, at least.
        let many = Array(repeating: run, count: 8) + Array(repeating: turned, count: 8)
        let count = try Contradictions(among: many, threads: 1).count
        #expect(count > 1024)
        #expect(try lines(many) == [
            "and \(count - 1000) further pairs",
            "256 certificates with a radius: \(count) pairs contradict each other\(chance) 0.256, the sum of all α",
        ])
    }

    /// The run with every class one higher.
    private func turnedClasses(
        of run: Contradictions.NamedRun, into name: String, _ small: SmallRun
    ) throws -> Contradictions.NamedRun {
        let directory = try RunDirectory(at: folder.url(name), for: small.record)
        for it in run.contents.certificates {
            func turned(_ counts: [Int]) -> [Int] { [counts[2], counts[0], counts[1]] }
            let selection = turned(it.selectionCounts ?? [0, 0, 0])
            try directory.append(Certificate(
                image: it.image, imageSHA256: it.imageSHA256, label: it.label, selectionCounts: selection,
                counts: turned(it.counts),
                verdict: try small.settings.procedure.verdict(selection, turned(it.counts), dimensions: 4, rounding: nil), seconds: 1))
        }
        try directory.save()
        return (name, try SmoothingRun(of: folder.url(name)), small.images)
    }
}
