import ArgumentParser
import Foundation
import Surety

/// `surety plot`: certified accuracy, and what attacks left, against radius.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw certified accuracy, or accuracy under attack, against radius, as SVG, PNG or PDF.",
        discussion: """
            Runs of 'surety certify' and logs are drawn solid, runs of 'surety attack' dashed, each as far as something is \
            known; the legend says which classifier was attacked. What cannot be read, or has no results yet, is named and \
            left out, and the exit code is then 1.

            Examples:
              surety plot run-0.25 run-0.5 --output curve.svg
              surety plot run-0.5 attack --output curve.svg
            """)

    @Argument(help: "Directories of runs, and logs.")
    var runs: [String]

    @Option(help: "The picture to write; the name's ending (.svg, .png or .pdf) says what kind.")
    var output: String

    func run() throws {
        let (curves, unread) = try CurvePlot.Curve.readable(among: runs)
        try CurvePlot(curves: curves).draw(to: URL(fileURLWithPath: output))
        try unread.report()
    }
}
