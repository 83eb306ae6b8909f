import Foundation
import Surety
import Testing
import TestSupport

@Suite struct BoundsCommandTests {
    private static func arguments(_ output: String, _ more: [String] = []) -> [String] {
        ["bounds", DigitsRun.model, "--data", "synthetic", "--norm", "linf", "--max", "12", "--blocks", "10",
         "--block-size", "4", "--resamples", "10", "--output", output] + more
    }

    @Test func writesARun() throws {
        let folder = try TemporaryFolder()
        let command = try Command(Self.arguments(folder("run"), ["--threads", "2", "--resamples", "100"]))
        #expect(command.status == 0, "\(command)")
        for word in ["images", "L-bound", "ω⁺-bound", "probabilities", "estimate", "crown", "proven", " to "] {
            #expect(command.output.contains(word))
        }

        let run = try JSONDecoder().decode(BoundsRecord.self, from: #require(folder.contents(of: "run/run.json")))
        #expect(run.schema == 2 && run.isSealed && run.method == "bounds" && run.data.name == "synthetic" && run.data.split == .test)
        #expect(run.settings.norm == .linf && run.settings.sampleData?.split == .train && run.settings.blockSize == 4)
        #expect(run.settings.standing.lipschitz == "estimate" && run.settings.standing.proven == "proven")
        #expect(run.settings.omega == .sharp && run.settings.scores == [.probabilities] && run.settings.resamples == 100)
        let fits = try JSONDecoder().decode(
            FitReport.self, from: #require(folder.contents(of: "run/fits.json")))
        #expect(fits.logits.isEmpty && fits.probabilities.count == 37)
        #expect(fits.probabilities.allSatisfy { $0.maxima?.count == 10 && $0.spread?.count == 2 })
        for fit in fits.probabilities {
            #expect(try #require(fit.value) >= 0 && (fit.of == "lipschitz") == (fit.epsilon == nil))
        }

        let text = String(decoding: try #require(folder.contents(of: "run/bounds.jsonl")), as: UTF8.self)
        let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(ImageBounds.self, from: Data($0.utf8)) }
        #expect(lines.map(\.image) == Array(0..<12))
        let digits = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        for line in lines {
            #expect(line.label == digits.label(at: line.image))
            let it = try #require(line.probabilities)
            #expect(line.logits == nil && (it.loss < 0) == (line.answer == line.label) && it.gradientNorm >= 0)
            let (lipschitz, modulus) = (try #require(it.lipschitz), try #require(it.modulus))
            #expect(lipschitz >= 0 && modulus >= 0 && lipschitz <= 1 && modulus <= 0.4)
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
        #expect(folder.contents(of: "one/fits.json") == folder.contents(of: "two/fits.json"))

        // Five lines and a torn one.
        let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let kept = Data(lines.prefix(5).joined(separator: [UInt8(ascii: "\n")])) + Data("\n{\"ima".utf8)
        try folder.write(kept, to: "one/bounds.jsonl")
        let resumed = try Command(Self.arguments(folder("one")))
        #expect(resumed.status == 0 && resumed.errors.contains("going on after 5 of 12"), "\(resumed)")
        #expect(folder.contents(of: "one/bounds.jsonl") == whole)

        #expect(try Command(Self.arguments(folder("one"), ["--seed", "1"])).refused(naming: "other settings"))
        try folder.write(Data("{}".utf8), to: "two/run.json")
        #expect(try Command(Self.arguments(folder("two"))).refused(naming: "run.json: method is missing"))
    }

    /// Time enough for a second process to begin.
    private static let long = ["--blocks", "50", "--grid", "0.01,0.02,0.04,0.08,0.1,0.2,0.3,0.4", "--resamples", "50"]

    /// A second process does not write between the lines of the first.
    @Test func oneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let first = try RunningCommand(Self.arguments(folder("run"), Self.long))
        while !folder.has("run/bounds.jsonl") { usleep(1000) }
        #expect(try Command(Self.arguments(folder("run"), Self.long)).refused(naming: "another process"))
        #expect(try first.wait().status == 0)
        #expect(folder.contents(of: "run/bounds.jsonl")?.split(separator: UInt8(ascii: "\n")).count == 12)
        // A run that is killed before its first image starts anew.
        let killed = try RunningCommand(Self.arguments(folder("killed"), Self.long))
        while !folder.has("killed/bounds.jsonl") { usleep(1000) }
        killed.send(SIGKILL)
        _ = try killed.wait()
        #expect(try Command(Self.arguments(folder("killed"), Self.long)).status == 0)
        #expect(folder.contents(of: "killed/bounds.jsonl") == folder.contents(of: "run/bounds.jsonl"))
    }

    /// One radius instead of the largest, intervals instead of linear bounds, or no proof at all.
    @Test func choosesTheProof() throws {
        let folder = try TemporaryFolder()
        let one = try Command(Self.arguments(folder("one"), ["--epsilon", "0.001", "--proven", "ibp", "--scores", "logits"]))
        #expect(one.status == 0 && one.output.contains("robust within 0.001"), "\(one)")
        let lines = String(decoding: try #require(folder.contents(of: "one/bounds.jsonl")), as: UTF8.self)
        for line in lines.split(separator: "\n") {
            #expect(line.contains("\"method\":\"ibp\""))
            #expect(line.hasSuffix("\"radius\":0.001}}") || line.hasSuffix("\"radius\":0}}"))
            // Every image has its least margin, whose sign the radius shows where the class is right.
            let bounds = try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
            let proven = try #require(bounds.proven)
            let margin = try #require(proven.margin)
            let logits = try #require(bounds.logits)
            #expect(margin <= -logits.loss)
            #expect((proven.radius > 0) == (margin > 0 && bounds.answer == bounds.label))
        }
        let none = try Command(Self.arguments(folder("none"), ["--proven", "none", "--norm", "l2", "--grid", "0.1,0.5"]))
        #expect(none.status == 0, "\(none)")
        let unproven = String(decoding: try #require(folder.contents(of: "none/bounds.jsonl")), as: UTF8.self)
        #expect(unproven.contains("\"proven\":null"))
    }

    /// What an estimate cannot say is null, with the reason; the rest of the run is as it is without estimates.
    @Test func aFailedEstimateLosesNoProof() throws {
        let folder = try TemporaryFolder()
        // Logits so large that probabilities are 0 and 1 in single precision: normalisation multiplies them.
        let saturated = ["--mean", "0", "--std", "0.01", "--proven", "ibp", "--epsilon", "1e-9"]
        let with = try Command(Self.arguments(folder("with"), saturated))
        #expect(with.status == 0 && with.errors.contains("probabilities: estimate failed: "), "\(with)")
        #expect(with.errors.contains("exactly zero") && with.output.contains("failed"), "\(with)")
        let fits = String(decoding: try #require(folder.contents(of: "with/fits.json")), as: UTF8.self)
        #expect(fits.contains("\"value\": null") && fits.contains("exactly zero"))
        let estimates = try FitReport(of: URL(fileURLWithPath: folder("with")))
        #expect(estimates.probabilities.allSatisfy { $0.value == nil && $0.failure != nil })

        let without = try Command(Self.arguments(folder("without"), saturated + ["--no-estimates"]))
        #expect(without.status == 0 && !without.output.contains("L-bound"), "\(without)")
        let lines = try ["with", "without"].map { name in
            String(decoding: try #require(folder.contents(of: "\(name)/bounds.jsonl")), as: UTF8.self).split(separator: "\n")
                .map { try? JSONDecoder().decode(ImageBounds.self, from: Data($0.utf8)) }
        }
        #expect(lines[0].count == 12 && lines[0].map(\.?.proven) == lines[1].map(\.?.proven))
        #expect(lines[0].allSatisfy { $0?.probabilities?.lipschitz == nil && $0?.probabilities?.modulus == nil && $0?.proven != nil })
        #expect(lines[1].allSatisfy { $0?.probabilities == nil && $0?.logits == nil })
        let bare = try JSONDecoder().decode(BoundsRecord.self, from: #require(folder.contents(of: "without/run.json")))
        #expect(bare.settings.sampleData == nil && bare.settings.scores == nil)
    }

    /// Ten blocks of a few images: their maxima may be anything, and no estimate beyond what is possible comes of it.
    @Test(arguments: ["0", "1", "2", "3"]) func fewBlocksGivePossibleEstimates(seed: String) throws {
        let folder = try TemporaryFolder()
        let command = try Command(Self.arguments(folder("run"), [
            "--seed", seed, "--scores", "both", "--proven", "none", "--grid", "0.05,0.1,0.2,0.4", "--block-size", "2",
        ]))
        #expect(command.status == 0, "\(command)")
        let fits = try JSONDecoder().decode(FitReport.self, from: #require(folder.contents(of: "run/fits.json")))
        // L, and ω at the four radii and those between them.
        let count = 1 + BlockSampling.refined([0.05, 0.1, 0.2, 0.4]).count
        #expect(count > 5 && fits.logits.count == count && fits.probabilities.count == count)
        for fit in fits.logits + fits.probabilities {
            let (value, largest) = (try #require(fit.value), try #require(fit.maxima?.max()))
            // At a shape of 1 the quantile is at most some 1000 times the scale away.
            #expect(value >= largest && value < 2000 * max(largest, 1e-6), "\(fit)")
        }
        for fit in fits.probabilities where fit.epsilon != nil { #expect(fit.value ?? 3 <= 2) }
    }

    /// Twelve radii or twenty-four, coarse or fine: the mean bounds are nearly the same.
    @Test(arguments: zip(["l2", "linf"], ["logits", "probabilities"])) func theGridIsNoLottery(norm: String, scores: String) throws {
        let folder = try TemporaryFolder()
        let (top, low) = norm == "l2" ? (2.0, 0.04) : (0.4, 0.008)
        let means = try [12, 24].map { count in
            let grid = (0..<count).map { "\(low * pow(top / low, Double($0) / Double(count - 1)))" }.joined(separator: ",")
            let command = try Command(Self.arguments(folder("\(count)"), [
                "--norm", norm, "--scores", scores, "--proven", "none", "--grid", grid, "--blocks", "50", "--block-size", "5", "--max", "100",
                "--resamples", "0",
            ]))
            #expect(command.status == 0, "\(command)")
            let lines = String(decoding: try #require(folder.contents(of: "\(count)/bounds.jsonl")), as: UTF8.self)
            let bounds = try lines.split(separator: "\n").map { line in
                let it = try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
                return try #require((it.logits ?? it.probabilities)?.modulus)
            }
            return bounds.reduce(0, +) / Double(bounds.count)
        }
        #expect(means[0] > 0)
        #expect(abs(means[0] / means[1] - 1) < 0.1, "\(means)")
    }

    /// Runs of older versions: both scores, no name of ω.
    @Test func readsOlderRecords() throws {
        let record = """
            {"data":{"count":2,"name":"synthetic","sha256":"0","shape":[1,2,2],"split":"test"},"method":"bounds",\
            "model":{"file":"m.onnx","metadata":{},"sha256":"0"},"schema":1,\
            "selection":{"max":null,"shard":"0/1","skip":1},"settings":{"ascents":1,"blockSize":4,\
            "blocks":10,"directions":1,"fits":{"logits":[{"kolmogorovSmirnovP":0.5,"location":1,"logLikelihood":-3,\
            "of":"lipschitz","poor":false,"quantile":2,"scale":1,"shape":0.1,"value":2}],"probabilities":[]},"grid":[0.1],\
            "norm":"l2","p":0.001,"sampleData":{"count":2,"name":"synthetic","sha256":"0","shape":[1,2,2],"split":"train"},\
            "seed":0,"standing":{"lipschitz":"estimate","modulus":"estimate","proven":"proven"}},"surety":"0.1"}
            """
        let old = try JSONDecoder().decode(BoundsRecord.self, from: Data(record.utf8))
        #expect(old.settings.omega == nil && old.settings.scores == nil && !old.isSealed && old.environment == nil)
        let line = """
            {"class":1,"image":0,"label":1,"logits":{"gradientNorm":1,"lipschitz":0.5,"loss":-1,"modulus":0.25},\
            "probabilities":{"gradientNorm":1,"lipschitz":0.5,"loss":-1,"modulus":0.25},"proven":null}
            """
        let bounds = try JSONDecoder().decode(ImageBounds.self, from: Data(line.utf8))
        #expect(bounds.logits?.lipschitz == 0.5 && bounds.probabilities?.modulus == 0.25)
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

    /// Where nothing can be proven and nothing is estimated there is nothing to write: the layer is named.
    @Test func aNetworkOfWhichNothingIsProvenIsRefusedWithoutEstimates() throws {
        let folder = try TemporaryFolder()
        var builder = try NetworkBuilder(imageShape: [2, 7, 6])
        let numbers = try builder.append(.reshape(to: [84]), to: [builder.image])
        let falling = try builder.append(.function(.exponentialLinearUnit(scale: -1)), to: [numbers])
        try folder.write(ONNXWriter.data(for: builder.network(output: falling)), to: "falling.onnx")
        try LabelledImages(
            name: "x", split: .test, pixels: .float32((0..<336).map { Float($0 % 83) / 83 }), count: 4, shape: [2, 7, 6],
            labels: [0, 1, 0, 1], source: "x"
        ).write(archive: folder.url("x.npz"))
        let bounds = try Command(["bounds", folder("falling.onnx"), "--data", folder("x.npz"), "--norm", "l2", "--no-estimates", "--output", folder("bounds")])
        #expect(bounds.refused(naming: "no bound can be proven: layer"), "\(bounds)")
    }

    @Test(arguments: [
        (["--epsilon", "0"], "--epsilon is 0"), (["--epsilon", "0.1", "--proven", "none"], "--proven is none"),
        (["--norm", "l3"], "l3"), (["--blocks", "3"], "3 blocks"), (["--block-size", "1000000"], "fewer or smaller"),
        (["--grid", "0.5,0.1"], "grid"), (["--p", "2"], "p is 2"), (["--directions", "-1"], "negative"),
        (["--epsilon", "8"], "--epsilon is 8.0"), (["--grid", "0.1,28.5"], "--grid is 28.5"),
        (["--omega", "paper", "--ascents", "1"], "at random"), (["--omega", "wide"], "wide"),
        (["--no-estimates", "--proven", "none"], "nothing to compute"), (["--scores", "votes"], "votes"),
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
