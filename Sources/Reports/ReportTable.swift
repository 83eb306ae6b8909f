import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyStatistics

/// Several runs side by side: what each states, certified accuracy at radii, what is known about the true one, and the other
/// figures.
///
///     print(try ReportTable(runs).text(.markdown))
public struct ReportTable: Sendable {
    /// The forms a table can have. Markdown and LaTeX are for readers; CSV and JSON have every figure at full precision.
    public enum Format: String, Sendable, CaseIterable {
        case markdown, latex, csv, json
    }

    /// The figures of each run, in the order given.
    public let summaries: [RunSummary]
    private let radii: [Double]

    /// - Parameters:
    ///   - radii: where certified accuracy is asked for; nil for steps of 0.25, or 0.5 or more where the radii reach
    ///     far, up to the largest radius of any run.
    ///   - rho: the failure probability of each statement about the true accuracy, in (0, 1).
    /// - Throws: `ReportError` when there are no runs, a radius is negative or not finite, or as ``RunSummary`` does.
    public init(_ runs: [ReportedRun], radii: [Double]? = nil, rho: Double = 0.01) throws(ReportError) {
        guard !runs.isEmpty else { throw ReportError("There are no runs to tabulate. Name at least one.") }
        if let bad = radii?.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw ReportError("\(bad) is not a radius. Give numbers of 0 or more, as in 0,0.25,0.5.")
        }
        self.radii = radii ?? Self.standardRadii(for: runs)
        var summaries: [RunSummary] = []
        for run in runs { summaries.append(try RunSummary(run, radii: self.radii, rho: rho)) }
        self.summaries = summaries
    }

    /// The whole table as the text of a file.
    ///
    /// - Throws: `ReportError` when the figures cannot be written as JSON.
    public func text(_ format: Format) throws(ReportError) -> String {
        switch format {
        case .markdown: tables.map { $0.markdown() }.joined(separator: "\n\n")
        case .latex: tables.map { $0.latex() }.joined(separator: "\n\n")
        case .csv: csv
        case .json: try json
        }
    }

    private static func standardRadii(for runs: [ReportedRun]) -> [Double] {
        let largest = max(0, runs.flatMap(\.images).filter(\.isCorrect).compactMap(\.radius).max() ?? 0)
        var step = 0.25
        while largest / step > 12 { step *= 2 }
        return (0...Int(largest / step)).map { Double($0) * step }
    }
}

extension ReportTable {
    /// The tables for readers: figures to three or four places, those that claim something rounded down.
    private var tables: [TextTable] {
        var tables = [RunStatement.table(summaries.map { ($0.name, $0.statement) })]
        let certified = summaries.filter { !$0.certified.isEmpty }
        let header = radii.map { "r = \(Self.short($0))" }
        if !certified.isEmpty {
            tables.append(TextTable(
                title: "Certified accuracy: correct, and certified at \(norms) radius r",
                header: ["run"] + header + ["ACR"],
                rows: certified.map { run in
                    [run.name] + run.certified.map { Self.floored(fraction: $0.fraction, of: run.images) }
                        + [(run.statement?.radii == nil ? "" : "≥ ") + Self.floored(run.averageCertifiedRadius, digits: 3)]
                }))
        }
        let stated = certified.filter { $0.certified.allSatisfy { $0.trueFractionAtLeast != nil } }
        if let rho = stated.first?.statementFailureProbability {
            tables.append(TextTable(
                title: """
                    Truly robust: at least this fraction of these images, with probability \
                    \(Self.short((1 - rho) * 100)) % for each number
                    """,
                header: ["run"] + header,
                rows: stated.map { run in
                    [run.name] + run.certified.map { Self.floored($0.trueFractionAtLeast, digits: 3) }
                }))
        }
        tables.append(TextTable(
            title: quantiles.isEmpty
                ? "The runs" : "The runs, with quantiles of pA, the lower bound of the top class's probability",
            header: ["run", "images", "accuracy", "abstained"]
                + quantiles.map { "pA \(Self.short($0 * 100)) %" } + ["s per image", "total time"],
            rows: summaries.map { run in
                let bounds = quantiles.indices.map { index in
                    Self.floored(run.pALower.isEmpty ? nil : run.pALower[index].value, digits: 4)
                }
                let accuracy = Self.floored(fraction: run.accuracy, of: run.images)
                return [run.name, "\(run.images)", accuracy, Self.rounded(run.abstained)] + bounds
                    + [Self.rounded(run.secondsPerImage), Self.clock(run.totalSeconds)]
            }))
        return tables
    }

    private var norms: String {
        let symbols = Set(summaries.map { ($0.norm ?? .l2).symbol }).sorted()
        return symbols.joined(separator: " or ")
    }

    /// A line per run, every figure at full precision; an empty field where a figure is unknown.
    private var csv: String {
        var columns: [(name: String, figure: (RunSummary) -> Double?)] = [
            ("accuracy", { $0.accuracy }), ("abstained", { $0.abstained }), ("acr", { $0.averageCertifiedRadius }),
        ]
        let certified = summaries.contains { !$0.certified.isEmpty } ? radii : []
        for (index, radius) in certified.enumerated() {
            columns.append(("certified_\(Self.short(radius))", { run in
                run.certified.isEmpty ? nil : run.certified[index].fraction
            }))
        }
        for (index, radius) in certified.enumerated() {
            columns.append(("true_at_least_\(Self.short(radius))", { run in
                run.certified.isEmpty ? nil : run.certified[index].trueFractionAtLeast
            }))
        }
        for (index, probability) in quantiles.enumerated() {
            columns.append(("pa_quantile_\(Self.short(probability))", { run in
                run.pALower.isEmpty ? nil : run.pALower[index].value
            }))
        }
        columns += [("seconds_per_image", { $0.secondsPerImage }), ("seconds", { $0.totalSeconds })]

        var lines = [(["run", "norm", "images"] + columns.map(\.name) + Self.stated.map(\.name)).joined(separator: ",")]
        for run in summaries {
            let figures = columns.map { column in column.figure(run).map { "\($0)" } ?? "" }
            let names = [Self.quoted(run.name), run.norm?.rawValue ?? "", "\(run.images)"]
            let statement = Self.stated.map { $0.field(run.statement).map(Self.quoted) ?? "" }
            lines.append((names + figures + statement).joined(separator: ","))
        }
        return lines.joined(separator: "\n")
    }

    /// What a run states, in columns after its figures.
    private static var stated: [(name: String, field: (RunStatement?) -> String?)] {
        func list(_ numbers: [Double]?) -> String? { numbers.map { $0.map { "\($0)" }.joined(separator: " ") } }
        return [
            ("method", { $0?.method }), ("sigma", { $0?.noise?.parameters["sigma"].map { "\($0)" } }), ("grid", { $0?.noise?.family.grid.map { "\($0)" } }), ("alpha", { $0?.alpha.map { "\($0)" } }),
            ("n0", { $0?.n0.map(String.init) }), ("n", { $0?.n.map(String.init) }), ("seed", { $0?.seed.map { "\($0)" } }),
            ("bound", { $0?.bound?.rawValue }), ("mean", { list($0?.mean) }), ("std", { list($0?.std) }),
            ("model_sha256", { $0?.modelSHA256 }), ("data", { $0?.data }), ("data_sha256", { $0?.dataSHA256 }),
        ]
    }

    /// The probabilities for which quantiles of pA are given; none where no run knows pA.
    private var quantiles: [Double] {
        summaries.first { !$0.pALower.isEmpty }?.pALower.map(\.probability) ?? []
    }

    private var json: String {
        get throws(ReportError) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            do {
                return String(decoding: try encoder.encode(summaries), as: UTF8.self)
            } catch {
                throw ReportError("The figures cannot be written as JSON: \(error.systemReason).")
            }
        }
    }

    private static func rounded(_ value: Double?) -> String {
        value.map { String(format: "%.3f", $0) } ?? "–"
    }

    private static func floored(_ value: Double?, digits: Int) -> String {
        value.map { $0.decimalRoundedDown(digits: digits) } ?? "–"
    }

    /// A fraction of `images` in thousandths, rounded down as a ratio of integers: 411 of 500 are 0.822, though the double
    /// nearest to that may lie below it.
    private static func floored(fraction: Double, of images: Int) -> String {
        let count = Int(clamping: fraction * Double(images))
        return String(format: "%.3f", Double(count * 1000 / images) / 1000)
    }

    /// Up to six significant digits, no trailing zeros.
    private static func short(_ value: Double) -> String { String(format: "%g", value) }

    private static func clock(_ seconds: Double?) -> String {
        guard let seconds else { return "–" }
        let whole = Int(clamping: seconds)
        return String(format: "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60)
    }

    /// A CSV field (RFC 4180).
    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
