import ArgumentParser
import Foundation
import Reports

/// `surety plot`: certified accuracy against radius.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw certified accuracy against radius, as SVG, PNG or PDF.",
        discussion: "Example:\n  surety plot run-0.25 run-0.5 --output curve.svg")

    @Argument(help: "Directories of runs, and tab-separated logs.")
    var runs: [String]

    @Option(help: "The picture to write; the name's ending (.svg, .png or .pdf) says what kind.")
    var output: String

    func run() throws {
        try CurvePlot(ReportedRun.read(runs)).draw(to: URL(fileURLWithPath: output))
    }
}
