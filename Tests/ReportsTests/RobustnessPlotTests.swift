import Foundation
import SuretyReports
import Testing

@Suite struct RobustnessPlotTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private static let radii = [0, 0.25, 0.5, 1]
    private static let plain = RobustnessPlot.Curve("plain", radii: radii, accuracies: [1, 0.8, 0.3, 0])
    private static let banded = RobustnessPlot.Curve(
        "it's banded_2", radii: radii, accuracies: [1, 0.95, 0.9, 0.5], deviations: [0, 0.01, 0.1, 0.2])

    @Test(arguments: [("svg", "<?xml"), ("png", "\u{89}PNG"), ("pdf", "%PDF")])
    func drawsEveryFormat(ending: String, start: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("robustness.\(ending)")
        try RobustnessPlot([Self.plain, Self.banded], perturbation: "ε").draw(to: file)
        let bytes = try Data(contentsOf: file)
        #expect(bytes.starts(with: start.unicodeScalars.map { UInt8($0.value) }) && bytes.count > 3_000)
    }

    /// The lines of the picture fall as the numbers do: both axes are affine maps.
    @Test func drawsTheCurves() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("robustness.svg")
        try RobustnessPlot([Self.plain, Self.banded], perturbation: "size_1 of it").draw(to: file)
        let picture = try String(contentsOf: file, encoding: .utf8)
        for word in ["size_1 of it", "accuracy under attack", "plain", "banded_2"] {
            #expect(picture.contains(word), "\(word)")
        }

        // Each path begins with the two points of its line in the legend.
        let lines = picture.matches(of: /d='M([^'Z]*)'/).map { path in
            path.1.matches(of: /([0-9.]+),([0-9.]+)/).map { (x: Double($0.1) ?? 0, y: Double($0.2) ?? 0) }
        }.filter { $0.count == Self.radii.count + 2 }.map { Array($0.dropFirst(2)) }
        #expect(lines.count == 2)
        for (points, curve) in zip(lines, [Self.plain, Self.banded]) {
            let scale = (curve.accuracies[3] - curve.accuracies[0]) / (points[3].y - points[0].y)
            #expect(scale < 0)
            for (place, point) in points.enumerated() {
                #expect(abs(curve.accuracies[0] + scale * (point.y - points[0].y) - curve.accuracies[place]) < 0.01)
                #expect(abs((point.x - points[0].x) / (points[3].x - points[0].x) - Self.radii[place]) < 0.01)
            }
        }
    }

    @Test func refusesWhatItCannotDraw() throws {
        #expect(throws: ReportError.self) { try RobustnessPlot([], perturbation: "ε") }
        for curve in [
            RobustnessPlot.Curve("none", radii: [], accuracies: []),
            RobustnessPlot.Curve("short", radii: [0, 1], accuracies: [1]),
            RobustnessPlot.Curve("no number", radii: [0], accuracies: [.nan]),
            RobustnessPlot.Curve("band", radii: [0, 1], accuracies: [1, 1], deviations: [0]),
        ] {
            #expect(throws: ReportError.self) { try RobustnessPlot([curve], perturbation: "ε") }
        }
        let ending = #expect(throws: ReportError.self) {
            try RobustnessPlot([Self.plain], perturbation: "ε").draw(to: folder.appendingPathComponent("robustness.gif"))
        }
        #expect(ending?.description.contains(".svg, .png or .pdf") == true)
    }
}
