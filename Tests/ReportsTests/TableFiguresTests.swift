import Foundation
import SuretyReports
import Testing
import TestSupport

@Suite struct TableFiguresTests {
    /// Logs of locuslab/smoothing with the counts taken from them independently, and the two digits that the
    /// repository itself publishes.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func equalsThePublishedTable() throws {
        let logs = try #require(SharedData.url("reference/cohen-logs"))
        let table = try String(contentsOf: logs.appendingPathComponent("expected.csv"), encoding: .utf8)
        let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 14)
        var published = 0
        for (log, rows) in Dictionary(grouping: rows, by: { String($0[0]) }) {
            let run = try ReportedRun(table: logs.appendingPathComponent(log), name: log)
            let summary = try TableFigures(run, radii: rows.map { try #require(Double($0[5])) })
            for (row, certified) in zip(rows, summary.certified) {
                #expect(certified.count == Int(row[6]))
                #expect(summary.images == Int(row[7]))
                #expect(certified.fraction == Double(row[8]))
                guard !row[9].isEmpty else { continue }
                published += 1
                #expect(String(format: "%.2f", certified.fraction) == row[9])
            }
        }
        #expect(published == 12)
    }

    /// Ten images, figures by hand.
    @Test func countsEveryImageOnce() throws {
        let predictions: [Int?] = [0, 0, 0, 0, 0, 0, 1, 1, nil, nil]
        let radii = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.2, 0, 0]
        let images = (0..<10).map { index in
            ReportedImage(
                index: index, label: 0, prediction: predictions[index], radius: radii[index], seconds: 2,
                pALower: 1 - 0.05 * Double(index))
        }
        let run = ReportedRun(name: "run", images: images, alpha: 0.001)
        let summary = try TableFigures(run, radii: [0, 0.3, 1], quantiles: [0, 0.05, 0.1, 0.11, 0.5, 1], rho: 0.01)
        #expect(summary.images == 10)
        #expect(summary.accuracy == 0.6)
        #expect(summary.abstained == 0.2)
        #expect(summary.certified.map(\.count) == [6, 4, 0])
        #expect(summary.certified.map(\.fraction) == [0.6, 0.4, 0])
        #expect(abs((summary.averageCertifiedRadius ?? 0) - 0.21) < 1e-15)
        #expect(summary.totalSeconds == 20)
        #expect(summary.secondsPerImage == 2)
        // The smallest of ten values is a tenth of them; just beyond a tenth the second is needed.
        let sorted = images.compactMap(\.pALower).sorted()
        #expect(summary.pALower.map(\.value) == [sorted[0], sorted[0], sorted[0], sorted[1], sorted[4], sorted[9]])
        // Bernstein by hand: 0.6 − 0.001 − √(2·0.001·0.999·ln 100/10) − ln 100/30.
        let statement = try #require(summary.certified[0].trueFractionAtLeast)
        #expect(abs(statement - (0.6 - 0.001 - (2 * 0.001 * 0.999 * 0.4605170185988091).squareRoot() - 0.15350567286626973)) < 1e-12)
        #expect(summary.certified[2].trueFractionAtLeast == 0)
    }

    @Test func predictionsHaveNoRadii() throws {
        let run = ReportedRun(name: "run", images: [
            ReportedImage(index: 0, label: 1, prediction: 1, radius: nil),
            ReportedImage(index: 1, label: 1, prediction: nil, radius: nil),
        ], alpha: 0.001)
        let summary = try TableFigures(run, radii: [0, 1])
        #expect(summary.accuracy == 0.5)
        #expect(summary.abstained == 0.5)
        #expect(summary.certified.isEmpty)
        #expect(summary.averageCertifiedRadius == nil)
        #expect(summary.totalSeconds == nil)
        #expect(summary.pALower.isEmpty)
    }

    @Test func refusesWhatHasNoMeaning() {
        #expect(throws: ReportError.self) { try TableFigures(ReportedRun(name: "empty", images: []), radii: [0]) }
        let image = ReportedImage(index: 0, label: 1, prediction: 1, radius: 1)
        let run = ReportedRun(name: "run", images: [image], alpha: 0.001)
        for rho in [0, 1, -1, .nan] {
            #expect(throws: ReportError.self) { try TableFigures(run, radii: [0], rho: rho) }
        }
    }
}
