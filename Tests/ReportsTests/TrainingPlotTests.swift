import Foundation
import SuretyReports
import Testing

@Suite struct TrainingPlotTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    @Test(arguments: [("svg", "<?xml"), ("png", "\u{89}PNG"), ("pdf", "%PDF")])
    func drawsEveryFormat(ending: String, start: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("history.\(ending)")
        try TrainingPlot(loss: [2.1, 0.8, 0.3], accuracy: [0.3, 0.8, 0.95]).draw(to: file)
        let bytes = try Data(contentsOf: file)
        #expect(bytes.starts(with: start.unicodeScalars.map { UInt8($0.value) }) && bytes.count > 3_000)
    }

    /// The two lines of the picture rise and fall as the numbers do: each is an affine map of its values.
    @Test(arguments: [7, 60]) func drawsBothCurves(epochs: Int) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let loss = (0..<epochs).map { 2 / Double($0 + 1) }
        let accuracy = (0..<epochs).map { 1 - 0.7 / Double($0 * $0 + 1) }
        let file = folder.appendingPathComponent("history.svg")
        try TrainingPlot(loss: loss, accuracy: accuracy).draw(to: file)
        let picture = try String(contentsOf: file, encoding: .utf8)
        for word in ["loss", "training accuracy", "epoch"] { #expect(picture.contains(">\(word)<"), "\(word)") }

        let curves = picture.matches(of: /d='M([^']*)'/).map { path in
            path.1.matches(of: /([0-9.]+),([0-9.]+)/).map { (x: Double($0.1) ?? 0, y: Double($0.2) ?? 0) }
        }.filter { $0.count == epochs && $0[0].x > 50 }
        #expect(curves.count == 2)
        for (points, values) in zip(curves, [loss, accuracy]) {
            let (first, last) = (0, epochs - 1)
            let slope = (values[last] - values[first]) / (points[last].y - points[first].y)
            // Heights go down the page.
            #expect(slope < 0)
            for (index, point) in points.enumerated() {
                #expect(abs(values[first] + slope * (point.y - points[first].y) - values[index]) < 0.02)
                let share = (point.x - points[first].x) / (points[last].x - points[first].x)
                #expect(abs(share * Double(epochs - 1) - Double(index)) < 0.02)
            }
        }
    }

    @Test func oneEpochAndNegativeLossesAreDrawnToo() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, loss, accuracy) in [("one", [0.0], [1.0]), ("negative", [-1, -2], [0, 0])] {
            let file = folder.appendingPathComponent("\(name).svg")
            try TrainingPlot(loss: loss, accuracy: accuracy).draw(to: file)
            #expect(FileManager.default.fileExists(atPath: file.path))
        }
    }

    @Test func refusesWhatItCannotDraw() throws {
        #expect(throws: ReportError.self) { try TrainingPlot(loss: [], accuracy: []) }
        #expect(throws: ReportError.self) { try TrainingPlot(loss: [1], accuracy: []) }
        #expect(throws: ReportError.self) { try TrainingPlot(loss: [.nan], accuracy: [1]) }
        let plot = try TrainingPlot(loss: [1], accuracy: [1])
        let file = folder.appendingPathComponent("history.svg")
        let missing = #expect(throws: ReportError.self) { try plot.draw(to: file, searchPath: "/nowhere") }
        #expect(missing?.description.contains("apt-get install gnuplot-nox") == true)
        let ending = #expect(throws: ReportError.self) { try plot.draw(to: folder.appendingPathComponent("history.gif")) }
        #expect(ending?.description.contains(".svg, .png or .pdf") == true)
    }
}
