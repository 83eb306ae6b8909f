import ArgumentParser
import Foundation
import Surety

/// `surety report`: what is guaranteed, beside what attacks reached.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join certificates, bounds and attacks of one or several models, image by image, in one report.",
        discussion: """
            Each directory is the output of 'surety certify', 'bounds' or 'attack'. Statements are joined only where model, data, \
            classifier (base, or smoothed with the same σ) and norm are the same. Of such certificates one run may be given: of \
            several the largest radius would be false with more than α.

            An attack that succeeds inside a certified or proven radius is a soundness alarm: it is listed first, and the exit \
            code is 2.

            Example:
              surety report certificates bounds attack --output report.html
            """)

    @Argument(help: "Directories of runs; models are shown in their order.")
    var runs: [String]

    @Option(name: .shortAndLong, help: "The file to write: .html, .md, .tex or .json.")
    var output: String

    func run() throws {
        let file = URL(fileURLWithPath: output)
        // A name that cannot be written is refused before the runs are read.
        _ = try RobustnessReport.Format(of: file)
        let report = try RobustnessReport(runs)
        for run in report.statements { Terminal.warn(run.statement.warnings.map { "\(run.name): \($0)" }) }
        let alarms = report.alarms.count
        if alarms > 0 { Terminal.note("\(alarms) SOUNDNESS ALARMS: an attack inside a certified or proven radius") }
        try report.write(to: file)
        print("\(report.models.count) \(report.models.count == 1 ? "model" : "models"), \(alarms == 0 ? "no soundness alarm" : "\(alarms) SOUNDNESS ALARMS"): \(output)")
        if alarms > 0 { throw ExitCode(2) }
    }
}
