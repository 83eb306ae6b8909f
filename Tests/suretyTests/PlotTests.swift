import Foundation
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
