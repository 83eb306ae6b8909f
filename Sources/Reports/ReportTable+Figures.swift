import Foundation
import SuretyDatasets
import SuretyRecords
import SuretySmoothing
import SuretyTensors

/// The table for programs: every figure at full precision.
extension ReportTable {
    /// A line per run, with an empty field for each unknown figure.
    var csv: String {
        var columns: [(name: String, figure: (TableFigures) -> Double?)] = [
            ("accuracy", { $0.accuracy }), ("abstained", { $0.abstained }), ("acr", { $0.averageCertifiedRadius }),
        ]
        let certified = summaries.contains { !$0.certified.isEmpty } ? radii : []
        func atRadii(_ name: String, _ figure: @escaping (TableFigures, Int) -> Double?) {
            for (index, radius) in certified.enumerated() {
                columns.append(("\(name)_\(Self.short(radius))", { $0.certified.isEmpty ? nil : figure($0, index) }))
            }
        }
        atRadii("certified") { $0.certified[$1].fraction }
        atRadii("true_at_least") { $0.certified[$1].trueFractionAtLeast }
        if summaries.contains(where: { $0.undecided != nil }) {
            columns.append(("undecided", { $0.undecided }))
            atRadii("undecided") { run, index in run.certified[index].undecided.map { Double($0) / Double(run.images) } }
        }
        if summaries.contains(where: { $0.cohen != nil }) {
            columns.append(("cohen_acr", { $0.cohen?.averageCertifiedRadius }))
            atRadii("cohen_certified") { $0.cohen?.certified[$1] }
        }
        for (index, probability) in quantiles.enumerated() {
            columns.append(("pa_quantile_\(Self.short(probability))", { run in
                run.pALower.isEmpty ? nil : run.pALower[index].value
            }))
        }
        if summaries.contains(where: { $0.allVotes != nil }) { columns.append(("all_votes", { $0.allVotes })) }
        columns += [("seconds_per_image", { $0.secondsPerImage }), ("seconds", { $0.totalSeconds })]
        let underAttack = attacks.isEmpty ? [] : radii

        let header = ["run", "norm", "images"] + columns.map(\.name) + underAttack.map { "under_attack_\(Self.short($0))" }
        var lines = [(header + Self.stated.map(\.name)).joined(separator: ",")]
        for run in summaries {
            let figures = columns.map { column in column.figure(run).map { "\($0)" } ?? "" } + underAttack.map { _ in "" }
            lines.append(Self.line([run.name, run.norm?.rawValue ?? "", "\(run.images)"] + figures, run.statement))
        }
        for attack in attacks {
            let figures = columns.map { _ in "" } + underAttack.map { attack.accuracy(at: $0).map { "\($0)" } ?? "" }
            lines.append(Self.line([attack.name, attack.norm, "\(attack.run.images.count)"] + figures, attack.statement))
        }
        return lines.joined(separator: "\n")
    }

    /// A line per radius of an envelope.
    static func csv(_ envelope: Envelope) -> String {
        let lines = envelope.best.map { best in
            ["\(best.radius)", "\(best.fraction)", quoted(best.run), best.trueFractionAtLeast.map { "\($0)" } ?? ""]
        }
        return ([["radius", "certified_accuracy", "run", "true_at_least"]] + lines).map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    private static func line(_ figures: [String], _ statement: Premises?) -> String {
        (figures + stated.map { $0.field(statement) ?? "" }).map(quoted).joined(separator: ",")
    }

    /// What a run states, in columns after its figures.
    private static var stated: [(name: String, field: (Premises?) -> String?)] {
        func list(_ numbers: [Double]?) -> String? { numbers.map { $0.map { "\($0)" }.joined(separator: " ") } }
        return [
            ("method", { $0?.method }), ("noise", { $0?.noise.map { type(of: $0.family).name } }),
            ("sigma", { $0?.noise?.parameters["sigma"].map { "\($0)" } }), ("grid", { $0?.noise?.family.grid.map { "\($0)" } }),
            ("alpha", { $0?.alpha.map { "\($0)" } }),
            ("n0", { $0?.n0.map(String.init) }), ("n", { $0?.n.map(String.init) }), ("seed", { $0?.seed.map { "\($0)" } }),
            ("bound", { $0?.bound?.rawValue }), ("mean", { list($0?.mean) }), ("std", { list($0?.std) }),
            ("model_sha256", { $0?.modelSHA256 }), ("data", { $0?.data }), ("data_sha256", { $0?.dataSHA256 }),
        ]
    }

    /// The probabilities for which quantiles of pA are given; none if no run knows pA.
    var quantiles: [Double] {
        summaries.first { !$0.pALower.isEmpty }?.pALower.map(\.probability) ?? []
    }

    /// An array of the runs' figures; if there is more than that, an object with the array as `runs`.
    var json: String {
        get throws(ReportError) {
            do {
                let isPlain = envelope == nil && attacks.isEmpty
                let bytes = try isPlain ? CanonicalJSON.data(summaries) : CanonicalJSON.data(Figures(self))
                // Without the line feed at the end, as in the other forms.
                return String(decoding: CanonicalJSON.indented(bytes).dropLast(), as: UTF8.self)
            } catch {
                throw ReportError("The figures cannot be written as JSON: \(error.systemReason).")
            }
        }
    }

    private struct Figures: Encodable {
        struct Attack: Encodable {
            let name, norm: String
            let images: Int
            let statement: Premises
            let radii, accuracies: [Double]
        }

        let runs: [TableFigures]
        let attacks: [Attack]
        let envelope: Envelope?

        init(_ table: ReportTable) {
            (runs, envelope) = (table.summaries, table.envelope)
            attacks = table.attacks.map { attack in
                let known = table.radii.filter { attack.accuracy(at: $0) != nil }
                return Attack(
                    name: attack.name, norm: attack.norm, images: attack.run.images.count, statement: attack.statement, radii: known,
                    accuracies: known.compactMap(attack.accuracy))
            }
        }
    }

    /// A CSV field (RFC 4180).
    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
