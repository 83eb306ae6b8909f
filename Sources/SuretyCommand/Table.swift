import ArgumentParser
import Surety

/// `surety table`: certified accuracy and the figures beside it.
struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print certified accuracy at radii, average certified radius, abstentions, quantiles of pA, time.",
        discussion: """
            Shows several runs side by side, including other tools' six-column logs (idx, label, predict, radius, correct, time). \
            First comes what each run states, its σ, α, samples, seed, normalisation, model and data; as csv in columns after the \
            figures. What cannot be read, or has no results yet, is named and left out, and the exit code is then 1.

            For a run with two bounds, a second row has the radii of the single bound on pA, which papers use. Runs of \
            'surety attack' are shown too, with the accuracy they left.

            --envelope adds the best run at each radius, with its name, as the papers make their tables from models trained under \
            several σ. The runs must be of the same images. The "truly robust" figure includes the cost of the choice: it holds \
            for the winner, whichever it is, at all radii together. As csv the envelope alone is printed.

            Examples:
              surety table run
              surety table run-0.25 run-0.5 other-tool.tsv --radii 0,0.25,0.5,1 --format latex
              surety table run-0.25 run-0.5 run-1.0 --envelope
            """)

    @Argument(help: "Directories of runs, and tab-separated logs.")
    var runs: [String]

    @Option(
        parsing: .unconditional,
        help: "The radii, separated by commas (default: the columns of the runs, or even steps as far as the runs reach).")
    var radii: NumberList?

    @Flag(help: "Add the best run at each radius.")
    var envelope = false

    @Option(help: "markdown, latex, csv or json.")
    var format: ReportTable.Format = .markdown

    func run() throws {
        let (runs, attacks, unread) = try ReportedRun.readableWithAttacks(among: runs)
        guard !runs.isEmpty else {
            throw SuretyError("\(self.runs[0]): it holds attacks, which certify nothing. 'surety plot' and 'surety report' show them.")
        }
        let table = try ReportTable(runs, attacks: attacks, radii: radii?.values, hasEnvelope: envelope)
        let statements = table.summaries.map { ($0.name, $0.statement) } + table.attacks.map { ($0.name, Optional($0.statement)) }
        for (name, statement) in statements { Terminal.warn((statement?.warnings ?? []).map { "\(name): \($0)" }) }
        print(try table.text(format))
        try unread.report()
    }
}

extension [ReportError] {
    /// Lists on the error stream what was left out.
    ///
    /// - Throws: The exit code 1, if anything was left out.
    func report() throws(ExitCode) {
        for error in self { Terminal.note("left out: \(error)") }
        if !isEmpty { throw ExitCode.failure }
    }
}

extension ReportTable.Format: ExpressibleByArgument {}
