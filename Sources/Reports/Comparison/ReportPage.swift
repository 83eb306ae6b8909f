import Foundation
import SuretyRecords
import SuretySmoothing

/// A report as one page that needs nothing else: no script, no font, no network.
struct ReportPage {
    let report: RobustnessReport

    func html() -> String {
        var body = ["<h1>Empirical and certified robustness</h1>", Self.introduction]
        let comparison = ComparisonTables(report: report)
        if let alarms = comparison.alarms { body.append(Self.table(alarms, class: "alarm")) } else {
            body.append("<p class=\"calm\">No attack succeeded inside a certified or proven radius.</p>")
        }
        body.append("<h2>Side by side</h2>" + ([comparison.statements, comparison.summary] + comparison.groups).map { Self.table($0) }.joined())
        body += report.models.map(section)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Empirical and certified robustness</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            \(body.joined(separator: "\n"))
            <footer>Surety \(RecordFormat.version)</footer>
            </main>
            </body>
            </html>

            """
    }

    private static let introduction = """
        <p>For each image the true radius, within which the classifier's answer does not change, lies between what is
        guaranteed and the nearest adversarial image found. Two classifiers are kept apart: the <b>base</b> classifier is the
        network itself, the <b>smoothed</b> one is what it answers most often under noise.</p>
        <ul>
        <li><b class="guarantee">Certified</b>: true with probability 1&nbsp;−&nbsp;α for each image. <b class="guarantee">Proven</b>:
        true without exception. Both are rounded down.</li>
        <li><b class="estimate">Estimates</b> (L-bound, ω-bound) guarantee nothing; beside them stands how often an attack beat them.</li>
        <li><b class="attack">Attack</b>: an adversarial image was found at this distance. That none was found proves nothing.</li>
        </ul>
        """

    private func section(_ model: RobustnessReport.Model) -> String {
        var parts = ["<section>", "<h2>\(Self.escaped(model.name))</h2>"]
        let facts = [("data", model.data.name), ("model SHA-256", model.record.sha256)]
            + model.record.metadata.sorted { $0.key < $1.key }.filter { !$0.key.hasSuffix("sha256") }
        parts.append(
            "<details><summary>How it was made</summary><dl>"
                + facts.map { "<dt>\(Self.escaped($0.0))</dt><dd>\(Self.escaped($0.1))</dd>" }.joined() + "</dl></details>")
        for classifier in model.classifiers {
            let norm = classifier.subject.norm.symbol
            parts.append("<h3>Classifier: \(Self.escaped(classifier.subject.label)); \(norm)</h3>")
            if !classifier.curves.isEmpty { parts.append(figure(classifier)) }
            let tables = ClassifierTables(classifier: classifier)
            for table in [tables.curves, tables.attacks, tables.estimates].compactMap(\.self) { parts.append(Self.table(table)) }
            parts.append(
                "<details><summary>All \(classifier.brackets.count) images</summary>"
                    + Self.table(tables.brackets) + "</details>")
        }
        return (parts + ["</section>"]).joined(separator: "\n")
    }

    /// The picture, or the reason why there is none: the figures matter more.
    private func figure(_ classifier: ClassifierReport) -> String {
        do {
            return "<figure>\(Self.embedded(try ReportCurves(classifier: classifier).svg()))</figure>"
        } catch {
            return "<p>The curves are not drawn: \(Self.escaped(error.description))</p>"
        }
    }

    /// The picture without what it does not need on a page: the header of an image file, marks and names to which nothing
    /// refers, empty groups, and attributes that the page's style states once for all pictures. In a path, steps are written
    /// as `H` and `V`. What another version of gnuplot writes differently stays as it is.
    private static func embedded(_ svg: String) -> String {
        let start = svg.range(of: "<svg")?.lowerBound ?? svg.startIndex
        return [
            (#"<title>Gnuplot</title>|<desc>[^<]*</desc>"#, ""),
            (#"(?s)<defs>.*?</defs>"#, ""), (#"<g [^>]*>\s*</g>"#, ""), (#"\s+"#, " "),
            (#" (?:id|class|font-family)="[^"]*"| fill="none"| color="black"| stroke-line(?:cap|join)="round""#, ""),
            (#",([\d.]+) L([\d.]+),\1(?= )"#, ",$1H$2"), (#"H([\d.]+) L\1,"#, "H$1V"),
        ].reduce(String(svg[start...])) { text, shorter in
            text.replacingOccurrences(of: shorter.0, with: shorter.1, options: .regularExpression)
        }
    }

    private static func table(_ table: TextTable, class name: String = "") -> String {
        // HTML ends cells and rows by itself; in thousands of rows the tags would be most of the page.
        func row(_ cells: [String], _ tag: String) -> String { "<tr>" + cells.map { "<\(tag)>\(escaped($0))" }.joined() }
        return """
            <div class="\(name)"><p class="caption">\(escaped(table.title))</p>
            <div class="table"><table>
            <thead>\(row(table.header, "th"))</thead>
            <tbody>
            \(table.rows.map { row($0, "td") }.joined(separator: "\n"))
            </tbody></table></div></div>
            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    private static let style = """
        :root { --ink: #1c2530; --soft: #5a6675; --rule: #d9dee4; --good: #0072b2; --attack: #d55e00; --guess: #8a5a00; }
        * { box-sizing: border-box; }
        body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
        h1 { font-size: 1.7rem; line-height: 1.2; }
        h2 { margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 2px solid var(--ink); font-size: 1.3rem; overflow-wrap: anywhere; }
        h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
        .guarantee { color: var(--good); } .attack { color: var(--attack); } .estimate { color: var(--guess); }
        .calm { padding: .6rem .9rem; border-left: 4px solid var(--good); background: #eef6fb; }
        .caption { margin: 1.25rem 0 .35rem; color: var(--soft); font-size: .875rem; }
        .table { overflow-x: auto; margin: 0 0 1rem; }
        table { border-collapse: separate; border-spacing: 0; font-size: .875rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
        th { border-bottom: 2px solid var(--ink); vertical-align: bottom; white-space: normal; }
        tr > :first-child { text-align: left; position: sticky; left: 0; background: #fff; }
        .alarm { border: 3px solid var(--attack); padding: .8rem; background: #fff3ec; }
        .alarm tr > :first-child { background: #fff3ec; }
        .alarm .caption { margin-top: 0; color: #a33f00; font-weight: 700; font-size: 1rem; }
        figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; max-width: 46rem; }
        figure svg { fill: none; stroke-linecap: round; stroke-linejoin: round; }
        figure text { font-family: "DejaVu Sans", Helvetica, Arial, sans-serif; }
        details { margin: .5rem 0 1rem; } summary { cursor: pointer; color: var(--soft); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .875rem; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        footer { margin-top: 3rem; color: var(--soft); font-size: .875rem; }
        @media (max-width: 40rem) {
          body { font-size: 15px; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
          td:first-child { min-width: 36vw; max-width: 40vw; white-space: normal; overflow-wrap: anywhere; }
        }
        @media print {
          main { max-width: none; padding: 0; } .table { overflow: visible; } tr > :first-child { position: static; }
          table, .caption { font-size: 7pt; } th, td { padding: 2pt 4pt; white-space: normal; }
          tr { break-inside: avoid; } .caption { break-after: avoid; } section { break-before: page; }
          h2 { border: 0; } summary { list-style: none; }
        }
        """
}
