import SuretyRecords
import SuretyReports
import SuretySmoothing
import Testing

/// Votes that no run counts, in records whose digests fit: whatever is made of them, no reader ends the process.
@Suite struct ImpossibleVotesTests {
    @Test(arguments: [[Int.max, Int.max], [.max - 20, 0], [.max, 0], [-1, .max], [.min, .min], [0, 0], [990], []], [[10, 0], [0, 10], [0, 0]])
    func noReportTraps(counts: [Int], selection: [Int]) throws {
        for stopping: Stopping? in [nil, .columns(try Columns(radii: [0.5])), .largestRadius(try LargestRadius(loss: 0.1))] {
            let certifier = try Certifier(noise: .gaussian(sigma: 0.25), alpha: 0.001, n0: 10, n: 990, stopping: stopping)
            let images = try HandMadeRuns.images(labels: [0, 0, 0]), record = HandMadeRuns.record(images, by: certifier)
            let lines = (0..<3).map { image in
                Certificate(
                    image: image, imageSHA256: images.imageSHA256(at: image), label: 0, selectionCounts: selection, counts: counts,
                    looks: stopping == nil ? nil : [counts],
                    verdict: Verdict(.certified(class: 0, radius: 0.5, norm: .l2), .bounds(pALower: 0.9, pBUpper: nil), confidence: 0.999),
                    seconds: 1)
            }
            let run = SmoothingRun(record: record, lines: lines)
            for format in [ReportTable.Format.markdown, .csv, .json] {
                _ = try ReportTable([ReportedRun(name: "run", record: record, certificates: lines)], radii: [0.5]).text(format)
            }
            #expect(!SpentSamples(of: run).description.isEmpty && !ClosingWords(of: run).description.isEmpty)
            // Nothing can be said of them, except that images without any votes are possible.
            if case .largestRadius = stopping, counts != [0, 0] {
                #expect(throws: (any Error).self) { try FixedComparison(run) }
            }
            _ = try? SamplesPlot([SamplesPlot.Curve("run", samples: lines.map(\.samples), most: 1000)]).script(.svg, output: "x")
        }
    }
}
