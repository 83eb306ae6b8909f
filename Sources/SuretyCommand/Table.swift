import ArgumentParser
import Surety

/// `surety table`: certified accuracy and the figures beside it.
struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print certified accuracy at radii, average certified radius, abstentions, quantiles of pA, time.",
        discussion: """
            Several runs stand side by side, other tools' six-column logs (idx, label, predict, radius, correct, time) \
            among them. What each run states, its σ, α, samples, seed, normalisation, model and data, comes first; as csv in \
            columns after the figures. What cannot be read, or has no results yet, is named and left out, and the exit code is \
            then 1.

            Examples:
              surety table run
              surety table run-0.25 run-0.5 other-tool.tsv --radii 0,0.25,0.5,1 --format latex
            """)

    @Argument(help: "Directories of runs, and tab-separated logs.")
    var runs: [String]

    @Option(
        parsing: .unconditional,
        help: "The radii, separated by commas (default: even steps as far as the runs reach).")
    var radii: NumberList?

    @Option(help: "markdown, latex, csv or json.")
    var format: ReportTable.Format = .markdown

    func run() throws {
        let (runs, unread) = try ReportedRun.readable(among: runs)
        let table = try ReportTable(runs, radii: radii?.values)
        for run in table.summaries { Terminal.warn((run.statement?.warnings ?? []).map { "\(run.name): \($0)" }) }
        print(try table.text(format))
        try unread.report()
    }
}

extension [ReportError] {
    /// Names on the error stream what was left out.
    ///
    /// - Throws: The exit code 1, if there is any.
    func report() throws(ExitCode) {
        for error in self { Terminal.note("left out: \(error)") }
        if !isEmpty { throw ExitCode.failure }
    }
}

extension ReportTable.Format: ExpressibleByArgument {}
