import Foundation
import TestSupport
import Testing

@Suite struct PlotTests {
    @Test func drawsEachKindOfPicture() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("weak"), "--sigma", "0.5")
        _ = try DigitsRun.make(folder("strong"))
        let beginnings: [(String, [UInt8])] = [
            ("curve.svg", Array("<?xml".utf8)), ("curve.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            ("curve.pdf", Array("%PDF-".utf8)), ("CURVE.SVG", Array("<?xml".utf8)),
        ]
        for (name, beginning) in beginnings {
            let command = try Command("plot", folder("weak"), folder("strong"), "--output", folder(name))
            #expect(command.status == 0, "\(command)")
            let picture = try #require(folder.contents(of: name))
            #expect(picture.starts(with: beginning) && picture.count > 1000, "\(name)")
        }
        let text = try String(contentsOfFile: folder("curve.svg"), encoding: .utf8)
        for word in ["certified accuracy", "ℓ₂ radius", ">weak<", ">strong<"] { #expect(text.contains(word)) }
    }

    /// What an attack left stands on the axes of what was certified, with the classifier it is about.
    @Test func drawsAttacksBesideCertificates() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("certified"))
        for (name, options) in [("base", []), ("smoothed", ["--sigma", "1", "--n", "100", "--copies", "2"])] {
            let command = try Command(
                ["attack", DigitsRun.model, "--data", "synthetic", "--max", "4", "--attack", "pgd", "--norm", "l2", "--epsilon",
                 "0.5,2", "--set", "steps=5", "--output", folder(name)] + options)
            #expect(command.status == 0, "\(command)")
        }
        func plot(_ runs: String...) throws -> Command {
            try Command(["plot"] + runs.map { folder($0) } + ["--output", folder("curve.svg")])
        }
        let command = try plot("certified", "base", "smoothed")
        #expect(command.status == 0, "\(command)")
        let picture = try String(contentsOfFile: folder("curve.svg"), encoding: .utf8)
        for words in [
            "accuracy: certified, and under attack", "ℓ₂ radius", ">certified<", ">base: base classifier under attack<",
            ">smoothed: smoothed classifier under attack<", "stroke-dasharray",
        ] {
            #expect(picture.contains(words), "\(words)")
        }
        #expect(try plot("base").status == 0)
        #expect(try String(contentsOfFile: folder("curve.svg"), encoding: .utf8).contains("accuracy under attack"))
        // What cannot be read is left out, and named.
        let partly = try plot("base", "none")
        #expect(partly.status == 1 && partly.errors.contains(folder("none")) && folder.has("curve.svg"), "\(partly)")
    }

    @Test func drawsTheBestAtEachRadius() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("weak"), "--sigma", "0.5")
        _ = try DigitsRun.make(folder("strong"))
        #expect(try Command(
            "attack", DigitsRun.model, "--data", "synthetic", "--max", "4", "--attack", "pgd", "--norm", "l2", "--epsilon", "0.5,2",
            "--set", "steps=5", "--output", folder("attack")).status == 0)
        let command = try Command(
            "plot", folder("weak"), folder("strong"), folder("attack"), "--envelope", "--output", folder("curve.svg"))
        #expect(command.status == 0, "\(command)")
        let picture = try String(contentsOfFile: folder("curve.svg"), encoding: .utf8)
        for words in ["accuracy: best certified, under attack", ">weak<", ">strong<", ">attack: base classifier under attack<", "stroke-dasharray"] {
            #expect(picture.contains(words), "\(words)")
        }
        #expect(try Command("plot", folder("attack"), "--envelope", "--output", folder("none.svg")).refused(naming: "no runs"))
    }

    /// A line for each run, with what it says of itself, and one for the most that there may be.
    @Test func drawsTheSamples() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("fixed"))
        _ = try DigitsRun.make(folder("columns"), "--radii", "0.1")
        func plot(_ runs: String..., more: [String] = []) throws -> Command {
            try Command(["plot"] + runs.map { folder($0) } + ["--samples", "--output", folder("samples.svg")] + more)
        }
        let command = try plot("fixed", "columns")
        #expect(command.status == 0, "\(command)")
        let picture = try String(contentsOfFile: folder("samples.svg"), encoding: .utf8)
        for words in ["fixed: ", " on average, 1/1.0<", "columns: ", "samples of an image", "stroke-dasharray"] {
            #expect(picture.contains(words), "\(words)")
        }
        let partly = try plot("columns", "none")
        #expect(partly.status == 1 && partly.errors.contains(folder("none")), "\(partly)")
        #expect(try plot("columns", more: ["--envelope"]).refused(naming: "--samples"))
        try folder.write(Data("idx\tlabel\tpredict\tradius\tcorrect\ttime\n".utf8), to: "log.tsv")
        #expect(try plot("log.tsv").refused(naming: "log.tsv"))
    }

    @Test func saysWhatItNeeds() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("run"))
        let command = try Command(
            "plot", folder("run"), "--output", folder("curve.svg"), environment: ["PATH": folder("nowhere")])
        #expect(command.refused(naming: "gnuplot") && command.errors.contains("apt-get install"), "\(command)")
        #expect(!folder.has("curve.svg"))
    }

    @Test func refusesWhatCannotBe() throws {
        let folder = try TemporaryFolder()
        _ = try DigitsRun.make(folder("l2"))
        _ = try DigitsRun.make(folder("linf"), "--norm", "linf")
        func plot(_ runs: String..., to picture: String) throws -> Command {
            try Command(["plot"] + runs.map { folder($0) } + ["--output", folder(picture)])
        }
        #expect(try plot("l2", to: "curve.gif").refused(naming: "curve.gif"))
        #expect(try plot("l2", to: "none/curve.svg").refused(naming: "none/curve.svg"))
        #expect(try plot("none", to: "curve.svg").refused(naming: folder("none")))
        #expect(try plot("l2", "linf", to: "curve.svg").refused(naming: "norms"))
        #expect(try Command("plot", folder("l2")).refused(naming: "--output"))
    }
}
