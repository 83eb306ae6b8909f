import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTensors

/// Several runs side by side: what each run states, certified accuracy at radii, what is known about the true accuracy, and
/// the other figures; and, if asked for, the best of them at each radius.
///
///     print(try ReportTable(runs).text(.markdown))
public struct ReportTable: Sendable {
    /// The forms a table can have. Markdown and LaTeX are for readers; CSV and JSON have every figure at full precision.
    public enum Format: String, Sendable, CaseIterable {
        /// GitHub's Markdown, LaTeX with booktabs, comma-separated values, or JSON.
        case markdown, latex, csv, json
    }

    /// The figures of each run, in the order given.
    public let summaries: [TableFigures]
    /// The runs of attacks, in the order given.
    public let attacks: [ReportedAttack]
    /// The best run at each radius, if that was asked for.
    public let envelope: Envelope?
    let radii: [Double]

    /// - Parameters:
    ///   - attacks: runs of attacks, to show beside the others.
    ///   - radii: where certified accuracy is asked for; nil for the columns of runs that all have some, else for steps of
    ///     0.25, or 0.5 or more where the radii reach far, up to the largest radius of any run.
    ///   - hasEnvelope: whether the best run at each radius is sought.
    ///   - rho: the failure probability of what is said about the true accuracy, for each run, and for the envelope, in (0, 1).
    /// - Throws: `ReportError` when there are no runs, a radius is negative or not finite, or as ``TableFigures`` and
    ///   ``Envelope`` do.
    public init(
        _ runs: [ReportedRun], attacks: [ReportedAttack] = [], radii: [Double]? = nil, hasEnvelope: Bool = false, rho: Double = 0.01
    ) throws(ReportError) {
        guard !runs.isEmpty else { throw ReportError("There are no runs to tabulate. Name at least one.") }
        if let bad = radii?.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw ReportError("\(bad) is not a radius. Give numbers of 0 or more, as in 0,0.25,0.5.")
        }
        self.radii = radii ?? Self.standardRadii(for: runs)
        var summaries: [TableFigures] = []
        for run in runs { summaries.append(try TableFigures(run, radii: self.radii, rho: rho)) }
        (self.summaries, self.attacks) = (summaries, attacks)
        envelope = hasEnvelope ? try Envelope(runs, radii: self.radii, rho: rho) : nil
    }

    /// The whole table as the text of a file.
    ///
    /// - Throws: `ReportError` when the figures cannot be written as JSON.
    public func text(_ format: Format) throws(ReportError) -> String {
        switch format {
        case .markdown: tables.map { $0.markdown() }.joined(separator: "\n\n")
        case .latex: tables.map { $0.latex() }.joined(separator: "\n\n")
        case .csv: envelope.map(Self.csv) ?? csv
        case .json: try json
        }
    }

    private static func standardRadii(for runs: [ReportedRun]) -> [Double] {
        let columns = runs.compactMap(\.statement?.radii)
        // Between columns, nothing was decided.
        if columns.count == runs.count { return Set(columns.joined()).sorted() }
        let largest = max(0, runs.flatMap(\.images).filter(\.isCorrect).compactMap(\.radius).max() ?? 0)
        var step = 0.25
        while largest / step > 12 { step *= 2 }
        return (0...Int(largest / step)).map { Double($0) * step }
    }
}

/// The tables for readers: figures to three or four places, those that claim something rounded down.
extension ReportTable {
    private var tables: [TextTable] {
        let statements = summaries.map { ($0.name, $0.statement) } + attacks.map { ($0.name, Optional($0.statement)) }
        return [Premises.table(statements), certifiedTable, attackTable, trueTable, undecidedTable, envelopeTable, runsTable]
            .compactMap(\.self)
    }

    private var certified: [TableFigures] { summaries.filter { !$0.certified.isEmpty } }
    private var radiusHeader: [String] { radii.map { "r = \(Self.short($0))" } }

    private var certifiedTable: TextTable? {
        guard !certified.isEmpty else { return nil }
        let hasAllVotes = certified.contains { $0.allVotes != nil }
        let rows = certified.flatMap { run in
            let bounds = quantiles.indices.map { index in
                Self.floored(run.pALower.isEmpty ? nil : run.pALower[index].value, digits: 4)
            }
            let own = [run.name] + run.certified.map { Self.floored(fraction: $0.fraction, of: run.images) }
                + [(run.undecided == nil ? "" : "≥ ") + Self.floored(run.averageCertifiedRadius, digits: 3)]
                + bounds + (hasAllVotes ? [Self.rounded(run.allVotes)] : [])
            guard let cohen = run.cohen else { return [own] }
            return [
                own,
                ["\(run.name), Cohen's bound"] + cohen.certified.map { Self.floored(fraction: $0, of: run.images) }
                    + [Self.floored(cohen.averageCertifiedRadius, digits: 3)]
                    + Array(repeating: "", count: own.count - radii.count - 2),
            ]
        }
        return TextTable(
            title: "Certified accuracy: correct, and certified at \(norms) radius r"
                + (certified.contains { $0.cohen != nil } ? """
                    . The rows of Cohen's bound, pA alone at the whole α, are for comparison with tables that have it, from the same \
                    votes; what is certified is the run's own row
                    """ : "")
                + (hasAllVotes ? """
                    . ACR alone misleads, for it depends on n: an image with all votes has the radius that n allows, however \
                    robust it is. So quantiles of pA, the lower bound of the top class's probability, and the part of the images \
                    with all votes are shown beside it
                    """ : quantiles.isEmpty ? "" : """
                    . ACR alone misleads, for it depends on n, and on the columns of a run that has them: quantiles of pA, the lower \
                    bound of the top class's probability, are shown beside it
                    """),
            header: ["run"] + radiusHeader + ["ACR"] + quantiles.map { "pA \(Self.short($0 * 100)) %" }
                + (hasAllVotes ? ["all votes"] : []),
            rows: rows)
    }

    private var attackTable: TextTable? {
        guard !attacks.isEmpty else { return nil }
        let norms = Set(attacks.map { Norm(rawValue: $0.norm)?.symbol ?? $0.norm }).sorted().joined(separator: " or ")
        return TextTable(
            title: """
                Under attack: correct, and no adversarial image found within \(norms) radius r. This is above the true accuracy, \
                and the weaker the attack, the further above. The one exception: an image on which PREDICT abstains counts as \
                wrong, although it may be right
                """,
            header: ["run"] + radiusHeader,
            rows: attacks.map { attack in
                [attack.name] + radii.map { radius in
                    attack.accuracy(at: radius).map { ($0 * 1000).rounded(.up) / 1000 }.map { String(format: "%.3f", $0) } ?? "–"
                }
            })
    }

    private var trueTable: TextTable? {
        let stated = certified.filter { $0.certified.allSatisfy { $0.trueFractionAtLeast != nil } }
        guard let rho = stated.first?.statementFailureProbability else { return nil }
        return TextTable(
            title: """
                Truly robust: at least this fraction of these images, at all radii together with probability \
                \(Self.short((1 - rho) * 100)) % for each run
                """,
            header: ["run"] + radiusHeader,
            rows: stated.map { run in
                [run.name] + run.certified.map { Self.floored($0.trueFractionAtLeast, digits: 3) }
            })
    }

    private var undecidedTable: TextTable? {
        let byColumns = certified.filter { $0.undecided != nil }
        guard byColumns.contains(where: { $0.certified.contains { $0.undecided ?? 0 > 0 } }) else { return nil }
        return TextTable(
            title: """
                Undecided: stopped, given up, or left open by a budget, before radius r was decided, and counted as not certified; more \
                samples may certify some of them
                """,
            header: ["run"] + radiusHeader,
            rows: byColumns.map { run in
                [run.name] + run.certified.map { Self.rounded(Double($0.undecided ?? 0) / Double(run.images)) }
            })
    }

    private var envelopeTable: TextTable? {
        guard let envelope else { return nil }
        let isStated = envelope.best.contains { $0.trueFractionAtLeast != nil }
        let promise = isStated ? """
            Truly robust, the winner's classifier: at least this fraction of these images, at all radii together with probability \
            \(Self.short((1 - envelope.statementFailureProbability) * 100)) %; this includes the cost of choosing among \
            \(envelope.runs) runs: each run is held to a probability of \
            \(Self.short(100 - 100 * envelope.statementFailureProbability / Double(envelope.runs))) %
            """ : """
            The cost of the choice is unknown, because logs state no α: among \(envelope.runs) runs with the same true accuracy, \
            the luckiest wins
            """
        return TextTable(
            title: """
                Envelope: the best of \(envelope.runs) runs at each \(envelope.norm?.symbol ?? Norm.l2.symbol) radius, chosen by \
                these images. No single classifier has this row. Each run's certificates still hold with probability 1 − α for \
                each image; a certificate of a run chosen by these votes holds with 1 − \(envelope.runs)α. \(promise)
                """,
            header: ["r", "certified accuracy"] + (isStated ? ["truly robust"] : []) + ["best run"],
            rows: envelope.best.map { best in
                [Self.short(best.radius), Self.floored(fraction: best.fraction, of: envelope.images)]
                    + (isStated ? [Self.floored(best.trueFractionAtLeast, digits: 3)] : []) + [best.run]
            })
    }

    private var runsTable: TextTable {
        let hasUndecided = summaries.contains { $0.undecided != nil }
        return TextTable(
            title: "The runs",
            header: ["run", "images", "accuracy", "abstained"] + (hasUndecided ? ["undecided"] : []) + ["s per image", "total time"],
            rows: summaries.map { run in
                [run.name, "\(run.images)", Self.floored(fraction: run.accuracy, of: run.images),
                 Self.rounded(run.abstained - (run.undecided ?? 0))]
                    + (hasUndecided ? [Self.rounded(run.undecided)] : [])
                    + [Self.rounded(run.secondsPerImage), Self.clock(run.totalSeconds)]
            })
    }

    private var norms: String {
        let symbols = Set(summaries.map { ($0.norm ?? .l2).symbol }).sorted()
        return symbols.joined(separator: " or ")
    }

    private static func rounded(_ value: Double?) -> String {
        value.map { String(format: "%.3f", $0) } ?? "–"
    }

    private static func floored(_ value: Double?, digits: Int) -> String {
        value.map { $0.decimalRoundedDown(digits: digits) } ?? "–"
    }

    /// A fraction of `images` in thousandths, rounded down as a ratio of integers: 411 of 500 gives 0.822, although the
    /// double nearest to it may lie below it.
    private static func floored(fraction: Double, of images: Int) -> String {
        let count = Int(clamping: fraction * Double(images))
        return String(format: "%.3f", Double(count * 1000 / images) / 1000)
    }

    /// Up to six significant digits, no trailing zeros.
    static func short(_ value: Double) -> String { String(format: "%g", value) }

    private static func clock(_ seconds: Double?) -> String {
        guard let seconds else { return "–" }
        let whole = Int(clamping: seconds)
        return String(format: "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60)
    }
}
