import Foundation
import SuretyRecords

extension RobustnessReport {
    /// The forms a report can have, by the file name's ending.
    public enum Format: String, Sendable, CaseIterable {
        /// A page, Markdown, LaTeX, or JSON for programs.
        case html, md, tex, json

        /// - Throws: `ReportError` when the file's ending names none.
        public init(of file: URL) throws(ReportError) {
            guard let format = Self(rawValue: file.pathExtension.lowercased()) else {
                throw ReportError("\(file.path): the name must end in .html, .md, .tex or .json, which also says what is written.")
            }
            self = format
        }
    }

    /// The whole report as the text of a file. A page says so if gnuplot, which draws its curves, is missing or fails.
    ///
    /// - Throws: `ReportError` for figures that JSON has no numbers for.
    public func text(_ format: Format) throws(ReportError) -> String {
        switch format {
        case .html: ReportPage(report: self).html()
        case .md: tables.map { $0.markdown() }.joined(separator: "\n\n") + "\n"
        case .tex: tables.map { $0.latex() }.joined(separator: "\n\n") + "\n"
        case .json: try ReportRecord(self).json()
        }
    }

    /// Writes the whole report to a file, whose ending says what is written: .html, .md, .tex or .json.
    ///
    /// - Throws: `ReportError` for another ending, for figures that JSON has no numbers for, and if the file cannot be written.
    public func write(to file: URL) throws(ReportError) {
        let text = try text(Format(of: file))
        do {
            try Data(text.utf8).replaceFile(at: file)
        } catch {
            throw ReportError("\(file.relativePath): cannot \(error.action): \(error.reason)")
        }
    }

    private var tables: [TextTable] {
        let comparison = ComparisonTables(report: self)
        let each = models.flatMap { model in
            model.classifiers.map(ClassifierTables.init).flatMap { tables in
                [tables.curves, tables.attacks, tables.estimates].compactMap(\.self).map { $0.of(model.name) }
            }
        }
        return [comparison.alarms, comparison.statements, comparison.summary].compactMap(\.self) + comparison.groups + each
    }
}

extension TextTable {
    fileprivate func of(_ model: String) -> TextTable {
        TextTable(title: "\(model). \(title)", header: header, rows: rows)
    }
}
