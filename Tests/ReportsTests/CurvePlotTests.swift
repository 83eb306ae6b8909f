import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyReports
import Testing

@Suite struct CurvePlotTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
    private let runs = [0.25, 0.5].map { sigma in
        ReportedRun(name: "σ = \(sigma)", images: (0..<100).map { index in
            ReportedImage(index: index, label: 1, prediction: index % 5 == 0 ? 2 : 1, radius: sigma * Double(index) / 50)
        })
    }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    @Test(arguments: [("svg", "<?xml"), ("png", "\u{89}PNG"), ("pdf", "%PDF")])
    func drawsEveryFormat(ending: String, start: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("curve.\(ending)")
        try CurvePlot(runs).draw(to: file)
        let bytes = try Data(contentsOf: file)
        #expect(bytes.starts(with: start.unicodeScalars.map { UInt8($0.value) }))
        #expect(bytes.count > 5_000)
    }

    /// In the picture the curve's corners are where the run says, once the axes are taken into account.
    @Test func drawsTheCurve() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("curve.svg")
        try CurvePlot([runs[1]]).draw(to: file)
        let picture = try String(contentsOf: file, encoding: .utf8)
        for words in ["ℓ₂ radius", "certified accuracy", "σ = 0.5"] { #expect(picture.contains(words)) }

        let path = try #require(picture.matches(of: /d='M([^']*)'/).map { String($0.1) }.max { $0.count < $1.count })
        let points = path.matches(of: /([0-9.]+),([0-9.]+)/).map { (Double($0.1) ?? 0, Double($0.2) ?? 0) }
        let corners = try #require(CertifiedCurve(runs[1])).corners
        // From 0.8 at radius 0 to 0 at the largest radius: two points fix both scales.
        let (first, last) = (points[0], points[points.count - 1])
        let largest = corners[corners.count - 1].radius
        let seen = points.map { (($0.0 - first.0) / (last.0 - first.0) * largest, (last.1 - $0.1) / (last.1 - first.1) * 0.8) }
        for (radius, accuracy) in seen {
            // Each point lies on a step: between the accuracy just before and just beyond its radius.
            let curve = try #require(CertifiedCurve(runs[1]))
            #expect(accuracy <= curve.accuracy(at: radius - 0.002) + 0.002)
            #expect(accuracy >= curve.accuracy(at: radius + 0.002) - 0.002)
        }
        #expect(points.count > corners.count / 2)
    }

    /// Steps down where an image was found, and nothing beyond the largest radius asked for.
    @Test func drawsWhatAnAttackLeft() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = try LabelledImages(
            name: "made", split: .test, pixels: .uint8([1, 2, 3, 4]), count: 4, shape: [1, 1, 1], labels: [0, 0, 0, 0],
            source: "made")
        let run = AttackRun(
            record: .init(
                model: .init(file: "m.onnx", sha256: "0"), data: .init(images),
                settings: .init(attacks: ["deepfool", "pgd"], norm: "linf", epsilon: [0.1, 0.25], parameters: [:], seed: 0),
                selection: .all, environment: .init(processor: "any", threads: 1, libraries: "none")),
            lines: [0.1, 0.2, 0.3, nil].enumerated().map { index, distance in
                .init(
                    image: index, label: 0, cleanClass: 0, adversarialClass: distance == nil ? 0 : 1, isSuccess: distance != nil,
                    attack: "pgd", distance: { $0 == .l2 ? 1 : distance ?? 0 }, queries: 1, adversarial: [])
            })
        let file = folder.appendingPathComponent("curve.svg")
        try CurvePlot(curves: [CurvePlot.Curve(ReportedAttack(run, name: "run"))]).draw(to: file)
        let picture = try String(contentsOf: file, encoding: .utf8)
        for words in ["ℓ∞ radius", "accuracy under attack", ">run: base classifier under attack<"] {
            #expect(picture.contains(words), "\(words)")
        }
        let path = try #require(picture.matches(of: /d='M([^']*)'/).map { String($0.1) }.max { $0.count < $1.count })
        let points = path.matches(of: /([0-9.]+),([0-9.]+)/).map { (Double($0.1) ?? 0, Double($0.2) ?? 0) }
        let (first, last) = (points[0], points[points.count - 1])
        let seen = points.map { (($0.0 - first.0) / (last.0 - first.0) * 0.25, 1 - ($0.1 - first.1) / (last.1 - first.1) * 0.5) }
        let corners = [(0, 1), (0.1, 1), (0.1, 0.75), (0.2, 0.75), (0.2, 0.5), (0.25, 0.5)]
        #expect(seen.count == corners.count, "\(seen)")
        for (seen, corner) in zip(seen, corners) {
            #expect(abs(seen.0 - corner.0) < 0.002 && abs(seen.1 - corner.1) < 0.01, "\(seen) is not \(corner)")
        }
        // Another norm has another axis.
        #expect(throws: ReportError.self) { try CurvePlot(curves: [CurvePlot.Curve(ReportedAttack(run, name: "run")), CurvePlot.Curve(runs[0])]) }
    }

    @Test func theLegendNamesEveryRun() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let many = (0..<20).map { ReportedRun(name: "run number \($0)", images: runs[0].images) }
        let file = folder.appendingPathComponent("curve.svg")
        try CurvePlot(many).draw(to: file)
        let picture = try String(contentsOf: file, encoding: .utf8)
        for run in many { #expect(picture.contains("<text>\(run.name)</text>")) }
    }

    /// Names reach gnuplot as text: none ends a string, runs a command, or is read as markup.
    @Test func namesAreOnlyText() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let harm = folder.appendingPathComponent("harm")
        let names = ["it's", "a'; system('touch \(harm.path)'); '", "`touch \(harm.path)`", "two\nlines", "x_{y}^2 <b>&"]
        let plot = try CurvePlot(names.map { ReportedRun(name: $0, images: runs[0].images) })
        let file = folder.appendingPathComponent("curve's \"plot\".svg")
        try plot.draw(to: file)
        #expect(!FileManager.default.fileExists(atPath: harm.path))
        let picture = try String(contentsOf: file, encoding: .utf8)
        #expect(picture.contains("it's"))
        #expect(picture.contains("two lines"))
        #expect(picture.contains("x_{y}^2 &lt;b>&amp;"))
    }

    @Test func aRunWithoutSuccessIsDrawnToo() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = ReportedImage(index: 0, label: 1, prediction: nil, radius: 0)
        let file = folder.appendingPathComponent("curve.svg")
        try CurvePlot([ReportedRun(name: "nothing", images: [image])]).draw(to: file)
        #expect(FileManager.default.fileExists(atPath: file.path))
    }

    @Test func saysWhatToInstall() throws {
        let error = #expect(throws: ReportError.self) {
            try CurvePlot(runs).draw(to: folder.appendingPathComponent("curve.svg"), searchPath: "/nowhere:/nor/here")
        }
        #expect(error?.description.contains("apt-get install gnuplot-nox") == true)
    }

    @Test func refusesWhatItCannotDraw() throws {
        let ending = #expect(throws: ReportError.self) { try CurvePlot(runs).draw(to: folder.appendingPathComponent("curve.gif")) }
        #expect(ending?.description.contains(".svg, .png or .pdf") == true)
        let place = #expect(throws: ReportError.self) {
            try CurvePlot(runs).draw(to: URL(fileURLWithPath: "/nowhere/curve.svg"))
        }
        #expect(place?.description.contains("/nowhere/curve.svg") == true)
        #expect(throws: ReportError.self) { try CurvePlot([]) }
        let prediction = ReportedImage(index: 0, label: 1, prediction: 1, radius: nil)
        #expect(throws: ReportError.self) { try CurvePlot([ReportedRun(name: "run", images: [prediction])]) }
        let other = ReportedRun(name: "other", images: runs[0].images, norm: .linf)
        #expect(throws: ReportError.self) { try CurvePlot([runs[0], other]) }
    }
}
