import Foundation
import SuretyReports
import TestSupport
import Testing

@Suite struct SamplesPlotTests {
    /// Steps from the fewest to the most, on an axis of decades: the picture's corners are affine in the share and in the logarithm.
    @Test func drawsStepsInAscendingOrder() throws {
        let folder = try TemporaryFolder()
        let samples = [100_000, 100, 1000, 100]
        try SamplesPlot([.init("it's run_1", samples: samples, most: 100_000)]).draw(to: folder.url("samples.svg"))
        let picture = try String(contentsOf: folder.url("samples.svg"), encoding: .utf8)
        #expect(picture.contains("run_1: 25,300 on average, 1/4.0"))
        let paths: [[(x: Double, y: Double)]] = picture.matches(of: /d='M([^'Z]*)'/).map { path in
            path.1.matches(of: /([0-9.]+),([0-9.]+)/).map { (x: Double($0.1) ?? 0, y: Double($0.2) ?? 0) }
        }
        let line = try #require(paths.first { $0.count == 8 })
        // The first two points are the line in the legend.
        let corners = Array(line.dropFirst(2))
        let decade = corners[0].y - corners[2].y
        #expect(decade > 0)
        let (decades, quarters): ([Double], [Double]) = ([0, 0, 1, 1, 3, 3], [0, 2, 2, 3, 3, 4])
        let width = corners[5].x - corners[0].x
        for (place, corner) in corners.enumerated() {
            let (rise, share) = (corners[0].y - corner.y, quarters[place] / 4)
            #expect(abs(rise - decades[place] * decade) < 0.5)
            #expect(abs(corner.x - corners[0].x - share * width) < 0.01 * width)
        }
    }

    @Test func refusesWhatItCannotDraw() throws {
        #expect(throws: ReportError.self) { try SamplesPlot([]) }
        #expect(throws: ReportError.self) { try SamplesPlot([.init("none", samples: [], most: 10)]) }
    }
}
