import Foundation
import SuretyDatasets
import SuretyRecords

/// The tab-separated logs of public certification tools (Cohen, Rosenfeld and Kolter 2019), which Surety writes too:
///
///     idx	label	predict	radius	correct	time
///     0	3	3	0.378	1	15.4
///
/// `predict` is −1 where the tool abstained; `time` is in seconds or h:mm:ss. `radius` and `time` may be missing, as in the
/// logs of predictions, and further columns are skipped.
///
/// Variants of such logs are read if their meaning is clear: commas or spaces in place of tabs; UTF-16; a first line or an
/// image that is repeated with the same result, as after a restart; True and 1.0 for 1; and an incomplete last line of a
/// stopped run, which does not count.
extension ReportedRun {
    /// Reads such a log.
    ///
    /// - Throws: `ReportError` that names the file, the line and what is wrong with it.
    public init(table file: URL, name: String) throws(ReportError) {
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw ReportError("\(file.path): cannot read it: \(error.systemReason).")
        }
        // Windows marks what it writes in UTF-16.
        let isWide = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
        let text = (isWide ? String(data: data, encoding: .utf16) : nil) ?? String(decoding: data, as: UTF8.self)
        try self.init(table: text, name: name, source: file.path)
    }

    /// - Parameter source: what error messages call the text.
    init(table text: String, name: String, source: String) throws(ReportError) {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(Substring($0)).trimmingCharacters(in: ["\r"]) }
        if lines[0].hasPrefix("\u{FEFF}") { lines[0].removeFirst() }
        let header = PublicTableHeader(lines[0])
        for needed in ["idx", "label", "predict", "correct"] where header.position[needed] == nil {
            throw ReportError("""
                \(source), line 1: there is no column '\(needed)'. A certification log starts with the \
                tab-separated line: idx label predict radius correct time.
                """)
        }
        var images: [ReportedImage] = []
        var earlier: [Int: (line: Int, image: ReportedImage)] = [:]
        for (offset, line) in lines.enumerated().dropFirst() where !line.isEmpty && line != lines[0] {
            let row = PublicTableRow(line, header: header, place: "\(source), line \(offset + 1)")
            if offset == lines.count - 1, row.isCutOff { break }
            let image = try row.image()
            if let earlier = earlier[image.index] {
                guard earlier.image.hasResult(of: image) else {
                    throw ReportError("""
                        \(row.place): image \(image.index) has been on line \(earlier.line) already, with another result. \
                        Remove one.
                        """)
                }
                continue
            }
            earlier[image.index] = (offset + 1, image)
            images.append(image)
        }
        guard !images.isEmpty else {
            throw ReportError("\(source): there are no results in it. Wait for the run to finish an image.")
        }
        self.init(name: name, images: images)
    }
}

/// The first line of a log, which says where each column is.
private struct PublicTableHeader {
    let position: [String: Int]
    let count: Int
    /// What separates fields; nil for any number of spaces.
    private let separator: String?

    init(_ line: String) {
        separator = ["\t", ","].first(where: line.contains)
        let names = Self.fields(of: line, separator).map { $0.lowercased() }
        position = Dictionary(zip(names, names.indices)) { first, _ in first }
        count = names.count
    }

    /// The fields of a line, without empty ones from a tab at its end.
    func fields(of line: String) -> [String] {
        var fields = Self.fields(of: line, separator)
        while fields.count > count, fields.last == "" { fields.removeLast() }
        return fields
    }

    private static func fields(of line: String, _ separator: String?) -> [String] {
        guard let separator else { return line.split(separator: " ").map(String.init) }
        return line.components(separatedBy: separator).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

extension ReportedImage {
    /// Whether the other says the same, apart from the time it took.
    fileprivate func hasResult(of other: Self) -> Bool {
        (index, label, prediction, radius) == (other.index, other.label, other.prediction, other.radius)
    }
}

/// One line of a log.
private struct PublicTableRow {
    let place: String
    private let fields: [String]
    private let header: PublicTableHeader

    init(_ line: String, header: PublicTableHeader, place: String) {
        self.place = place
        self.header = header
        fields = header.fields(of: line)
    }

    var isCutOff: Bool { fields.count < header.count }

    func image() throws(ReportError) -> ReportedImage {
        guard fields.count == header.count else {
            throw ReportError("""
                \(place): there are \(fields.count) fields, where the first line names \(header.count) columns. \
                The line is cut off or altered: remove it, or run that image again.
                """)
        }
        let index = try integer("idx", from: 0)
        let label = try integer("label", from: 0)
        let predicted = try integer("predict", from: -1)
        let prediction = predicted < 0 ? nil : predicted
        let correct = try correct()
        guard correct == (prediction == label ? 1 : 0) else {
            throw ReportError("""
                \(place): correct is \(correct), but label \(label) and prediction \(predicted) make it \
                \(1 - min(correct, 1)). Correct the line.
                """)
        }
        return ReportedImage(
            index: index, label: label, prediction: prediction,
            radius: try header.position["radius"] == nil ? nil : radius(isAbstained: prediction == nil),
            seconds: try header.position["time"] == nil ? nil : number("time", Self.seconds))
    }

    private func field(_ column: String) -> String {
        header.position[column].map { fields[$0] } ?? ""
    }

    /// 1 or 0, which some tools write as True or False, or with decimals.
    private func correct() throws(ReportError) -> Int {
        switch field("correct").lowercased() {
        case "true", "1.0": 1
        case "false", "0.0": 0
        default: try integer("correct", from: 0)
        }
    }

    /// Some tools write −1 for an abstention, whose radius is 0.
    private func radius(isAbstained: Bool) throws(ReportError) -> Double {
        if isAbstained, let value = Double(field("radius")), value < 0 { return 0 }
        return try number("radius", Double.init)
    }

    private func integer(_ column: String, from least: Int) throws(ReportError) -> Int {
        guard let value = Int(field(column)), value >= least else {
            throw ReportError("""
                \(place): '\(field(column))' in the column \(column) is not an integer of \(least) or more. \
                Correct the line.
                """)
        }
        return value
    }

    private func number(_ column: String, _ parse: (String) -> Double?) throws(ReportError) -> Double {
        guard let value = parse(field(column)), value.isFinite, value >= 0 else {
            throw ReportError("""
                \(place): '\(field(column))' in the column \(column) is not a number of 0 or more. Correct the line.
                """)
        }
        return value
    }

    /// Seconds from `15.4`, `0:00:15.4` or, as Python prints longer times, `1 day, 0:00:15.4`.
    private static func seconds(_ text: String) -> Double? {
        let parts = text.components(separatedBy: ", ")
        guard parts.count <= 2, let clock = parts.last else { return nil }
        let days: Double
        if parts.count == 2 {
            let words = parts[0].components(separatedBy: " ")
            guard words.count == 2, words[1].hasPrefix("day"), let count = Double(words[0]) else { return nil }
            days = count
        } else {
            days = 0
        }
        let units = clock.components(separatedBy: ":").map { Double($0) }
        guard units.count <= 3, units.allSatisfy({ ($0 ?? -1) >= 0 }) else { return nil }
        return units.compactMap { $0 }.reduce(0) { $0 * 60 + $1 } + days * 86_400
    }
}
