import Foundation

/// A table of finished text: a title, a header, and rows with as many cells; the first column holds names.
struct TextTable {
    let title: String
    let header: [String]
    let rows: [[String]]

    /// GitHub's Markdown, padded so that the source is readable too.
    func markdown() -> String {
        let escaped = ([header] + rows).map { $0.map { $0.replacingOccurrences(of: "|", with: "\\|") } }
        let widths = header.indices.map { column in max(3, escaped.map { $0[column].count }.max() ?? 0) }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = widths.enumerated().map { column, width in
            String(repeating: "-", count: column == 0 ? width + 2 : width + 1) + (column == 0 ? "" : ":")
        }
        let body = escaped.dropFirst().map(line)
        return ([title, "", line(escaped[0]), "|" + rule.joined(separator: "|") + "|"] + body).joined(separator: "\n")
    }

    /// A LaTeX table; it needs the package booktabs.
    func latex() -> String {
        let columns = "l" + String(repeating: "r", count: header.count - 1)
        let lines = ([header] + rows).map { "    " + $0.map(Self.latex).joined(separator: " & ") + " \\\\" }
        return (["\\begin{table}", "  \\centering", "  \\caption{\(Self.latex(title))}",
                 "  \\begin{tabular}{\(columns)}", "    \\toprule", lines[0], "    \\midrule"]
            + lines.dropFirst() + ["    \\bottomrule", "  \\end{tabular}", "\\end{table}"]).joined(separator: "\n")
    }

    private static func latex(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
            case "\\": result += "\\textbackslash{}"
            case "~": result += "\\textasciitilde{}"
            case "^": result += "\\textasciicircum{}"
            case "≥": result += "$\\geq$"
            case "≤": result += "$\\leq$"
            case "ω": result += "$\\omega$"
            case "⁺": result += "$^+$"
            case "σ": result += "$\\sigma$"
            case "∇": result += "$\\nabla$"
            case "‖": result += "$\\|$"
            case "−": result += "$-$"
            case "ℓ": result += "$\\ell$"
            case "₀": result += "$_0$"
            case "₂": result += "$_2$"
            case "∞": result += "$_\\infty$"
            case "α": result += "$\\alpha$"
            case "–": result += "--"
            case "…": result += "\\ldots{}"
            default: result.append(character)
            }
        }
        // A letter and its index are one formula.
        return result.replacingOccurrences(of: "\\ell$$_", with: "\\ell_")
    }
}
