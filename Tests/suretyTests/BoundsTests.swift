import Certification
import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct BoundsTests {
    private static func arguments(_ output: String, _ more: [String] = []) -> [String] {
        ["bounds", DigitsRun.model, "--data", "synthetic", "--norm", "linf", "--max", "12", "--blocks", "10",
         "--block-size", "4", "--output", output] + more
    }

    @Test func writesARun() throws {
        let folder = try TemporaryFolder()
        let command = try Command(Self.arguments(folder("run"), ["--threads", "2"]))
        #expect(command.status == 0, "\(command)")
        for word in ["images", "L-bound", "ω-bound", "estimate", "crown", "proven"] {
            #expect(command.output.contains(word))
        }

        let run = try JSONDecoder().decode(BoundsRecord.self, from: #require(folder.contents(of: "run/run.json")))
        #expect(run.schema == 1 && run.method == "bounds" && run.data.name == "synthetic" && run.data.split == .test)
        #expect(run.settings.norm == .linf && run.settings.sampleData.split == .train && run.settings.blockSize == 4)
        #expect(run.settings.standing.lipschitz == "estimate" && run.settings.standing.proven == "proven")
        #expect(run.settings.fits.logits.count == 13 && run.settings.fits.logits.allSatisfy { $0.maxima == nil })

        let fits = try JSONDecoder().decode(
            BoundsRecord.Fits.self, from: #require(folder.contents(of: "run/fits.json")))
        #expect(fits.probabilities.count == 13 && fits.probabilities.allSatisfy { $0.maxima?.count == 10 })
        for fit in fits.logits { #expect(fit.value >= 0 && (fit.of == "lipschitz") == (fit.epsilon == nil)) }

        let text = String(decoding: try #require(folder.contents(of: "run/bounds.jsonl")), as: UTF8.self)
        let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(ImageBounds.self, from: Data($0.utf8)) }
        #expect(lines.map(\.image) == Array(0..<12))
        let digits = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        for line in lines {
            #expect(line.label == digits.label(at: line.image))
            for it in [line.logits, line.probabilities] {
                #expect((it.loss < 0) == (line.answer == line.label) && it.gradientNorm >= 0)
                #expect(it.lipschitz >= 0 && it.modulus >= 0 && it.lipschitz <= 1 && it.modulus <= 0.4)
            }
            let proven = try #require(line.proven)
            #expect(proven.margin == nil)
            #expect(proven.method == .crown && proven.radius >= 0 && (proven.radius == 0 || line.answer == line.label))
        }
        #expect(lines.contains { ($0.proven?.radius ?? 0) > 0.001 })
    }

    /// The same bytes for any number of threads, and for a run that was stopped.
    @Test func goesOnWhereItStopped() throws {
        let folder = try TemporaryFolder()
        #expect(try Command(Self.arguments(folder("one"), ["--threads", "1"])).status == 0)
        #expect(try Command(Self.arguments(folder("two"), ["--threads", "3"])).status == 0)
        let whole = try #require(folder.contents(of: "one/bounds.jsonl"))
        #expect(whole == folder.contents(of: "two/bounds.jsonl"))
        #expect(folder.contents(of: "one/run.json") == folder.contents(of: "two/run.json"))

        // Five lines and a torn one.
        let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let kept = Data(lines.prefix(5).joined(separator: [UInt8(ascii: "\n")])) + Data("\n{\"ima".utf8)
        try folder.write(kept, to: "one/bounds.jsonl")
        let resumed = try Command(Self.arguments(folder("one")))
        #expect(resumed.status == 0 && resumed.errors.contains("going on after 5 of 12"), "\(resumed)")
        #expect(folder.contents(of: "one/bounds.jsonl") == whole)

        #expect(try Command(Self.arguments(folder("one"), ["--seed", "1"])).refused(naming: "other settings"))
        try folder.write(Data("{}".utf8), to: "two/run.json")
        #expect(try Command(Self.arguments(folder("two"))).refused(naming: "other than bounds"))
    }

    /// A second process does not write between the lines of the first.
    @Test func oneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let first = try RunningCommand(Self.arguments(folder("run"), ["--blocks", "400"]))
        while !folder.has("run/bounds.jsonl") { usleep(1000) }
        #expect(try Command(Self.arguments(folder("run"), ["--blocks", "400"])).refused(naming: "another process"))
        #expect(try first.wait().status == 0)
        #expect(folder.contents(of: "run/bounds.jsonl")?.split(separator: UInt8(ascii: "\n")).count == 12)
        // One that is killed before its first image begins anew.
        let killed = try RunningCommand(Self.arguments(folder("killed"), ["--blocks", "400"]))
        while !folder.has("killed/bounds.jsonl") { usleep(1000) }
        killed.send(SIGKILL)
        _ = try killed.wait()
        #expect(try Command(Self.arguments(folder("killed"), ["--blocks", "400"])).status == 0)
        #expect(folder.contents(of: "killed/bounds.jsonl") == folder.contents(of: "run/bounds.jsonl"))
    }

    /// One radius instead of the largest, intervals instead of linear bounds, or no proof at all.
    @Test func choosesTheProof() throws {
        let folder = try TemporaryFolder()
        let one = try Command(Self.arguments(folder("one"), ["--epsilon", "0.001", "--proven", "ibp"]))
        #expect(one.status == 0 && one.output.contains("robust within 0.001"), "\(one)")
        let lines = String(decoding: try #require(folder.contents(of: "one/bounds.jsonl")), as: UTF8.self)
        for line in lines.split(separator: "\n") {
            #expect(line.contains("\"method\":\"ibp\""))
            #expect(line.hasSuffix("\"radius\":0.001}}") || line.hasSuffix("\"radius\":0}}"))
            // Of every image its least margin, of which the radius is the sign where it is right.
            let bounds = try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
            let proven = try #require(bounds.proven)
            let margin = try #require(proven.margin)
            #expect(margin <= -bounds.logits.loss)
            #expect((proven.radius > 0) == (margin > 0 && bounds.answer == bounds.label))
        }
        let none = try Command(Self.arguments(folder("none"), ["--proven", "none", "--norm", "l2", "--grid", "0.1,0.5"]))
        #expect(none.status == 0, "\(none)")
        let unproven = String(decoding: try #require(folder.contents(of: "none/bounds.jsonl")), as: UTF8.self)
        #expect(unproven.contains("\"proven\":null"))
    }

    @Test func drawsTheFits() throws {
        let folder = try TemporaryFolder()
        #expect(try Command(Self.arguments(folder("run"), ["--max", "1", "--blocks", "30", "--proven", "none"])).status == 0)
        let picture = folder.contents(of: "run/fits.svg").map { String(decoding: $0, as: UTF8.self) }
        if let picture { #expect(picture.contains("<svg") && picture.contains("fitted quantile")) }
        let without = try Command(
            Self.arguments(folder("without"), ["--max", "1", "--proven", "none"]), environment: ["PATH": "/nonexistent"])
        #expect(without.status == 0 && without.errors.contains("gnuplot") && !folder.has("without/fits.svg"), "\(without)")
    }

    @Test(arguments: [
        (["--epsilon", "0"], "--epsilon is 0"), (["--epsilon", "0.1", "--proven", "none"], "--proven is none"),
        (["--norm", "l3"], "l3"), (["--blocks", "3"], "3 blocks"), (["--block-size", "1000000"], "fewer or smaller"),
        (["--grid", "0.5,0.1"], "grid"), (["--p", "2"], "p is 2"), (["--directions", "-1"], "negative"),
        (["--epsilon", "8"], "--epsilon is 8.0"), (["--grid", "0.1,28.5"], "--grid is 28.5"),
        (["--skip", "0"], "skip is 0"), (["--sample-data", "nothing"], "nothing"), (["--threads", "0"], "--threads is 0"),
    ])
    func refusesBadInput(arguments: [String], message: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(Self.arguments(folder("run"), arguments))
        #expect(command.refused(naming: message), "\(command)")
    }

    @Test func refusesASampleOfAnotherShape() throws {
        let folder = try TemporaryFolder()
        try Archive.writeImages(count: 50, shape: [1, 4, 4], to: folder("other.npz"))
        let command = try Command(Self.arguments(folder("run"), ["--sample-data", folder("other.npz")]))
        #expect(command.refused(naming: "--sample-data has images of shape [1, 4, 4]"), "\(command)")
    }
}
