import ArgumentParser
import Foundation
import Surety

/// `surety plot`: certified accuracy, and what attacks left, against radius.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw certified accuracy, or accuracy under attack, against radius, or samples, as SVG, PNG or PDF.",
        discussion: """
            Runs of 'surety certify' and logs are drawn solid, runs of 'surety attack' dashed, each as far as something is \
            known; the legend says which classifier was attacked. What cannot be read, or has no results yet, is named and \
            left out, and the exit code is then 1.

            With --envelope the best of the runs at each radius is drawn in the colour of that run; runs that are best nowhere \
            are left out. No single classifier has that curve, and among many runs with the same true accuracy the luckiest is \
            drawn: 'surety table --envelope' says what can be promised.

            --samples draws how many samples each image took; the dashed line is the most it may take.

            Examples:
              surety plot run-0.25 run-0.5 --output curve.svg
              surety plot run-0.5 attack --output curve.svg
              surety plot run-0.25 run-0.5 run-1.0 attack --envelope --output curve.svg
              surety plot run-0.5 --samples --output samples.svg
            """)

    @Argument(help: "Directories of runs, and logs.")
    var runs: [String]

    @Option(help: "The picture to write; the name's ending (.svg, .png or .pdf) says what kind.")
    var output: String

    @Flag(help: "Draw the best run at each radius.")
    var envelope = false

    @Flag(help: "Draw the samples that each image took.")
    var samples = false

    func validate() throws {
        if envelope, samples { throw ValidationError("--envelope and --samples are two pictures. Give one of them.") }
    }

    func run() throws {
        let file = URL(fileURLWithPath: output)
        if samples {
            let (curves, unread) = try SamplesPlot.Curve.readable(among: runs)
            try SamplesPlot(curves).draw(to: file)
            return try unread.report()
        }
        let (curves, unread) = try envelope ? envelopeCurves() : CurvePlot.Curve.readable(among: runs)
        try CurvePlot(curves: curves).draw(to: file)
        try unread.report()
    }

    private func envelopeCurves() throws -> (curves: [CurvePlot.Curve], unread: [ReportError]) {
        let (runs, attacks, unread) = try ReportedRun.readableWithAttacks(among: runs)
        return (try CurvePlot.Curve.envelope(of: runs) + attacks.map { CurvePlot.Curve($0) }, unread)
    }
}
