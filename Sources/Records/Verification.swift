import Foundation

/// The data set that a run is compared with.
public struct ReferenceData: Sendable {
    /// What the data set says about itself: name, digest, number and shape of its images.
    public let record: DataRecord
    let label: @Sendable (Int) -> Int
    let imageSHA256: @Sendable (Int) -> String
    let pixels: @Sendable (Int) -> [Float]

    /// - Parameters:
    ///   - record: The data set.
    ///   - label: Gives the true class of the image with an index.
    ///   - imageSHA256: Gives SHA-256 of that image's content.
    ///   - pixels: That image.
    public init(
        record: DataRecord, label: @escaping @Sendable (Int) -> Int, imageSHA256: @escaping @Sendable (Int) -> String,
        pixels: @escaping @Sendable (Int) -> [Float]
    ) {
        (self.record, self.label, self.imageSHA256, self.pixels) = (record, label, imageSHA256, pixels)
    }
}

/// Checks a run directory of any kind: every digest, the order and number of the images, the tables, the files beside them,
/// and whatever in a line follows from the line itself (every bound, verdict and radius follows from the votes). Given the
/// model and the data, it also checks that they are the ones named in the record.
///
///     for finding in Verification<SmoothingSettings>.findings(in: directory) { print(finding) }
///     // certificates.jsonl line 12, image 11: radius 0.83 is not what the counts give (0.81…)
///
/// It reads anything and throws nothing: what cannot be read becomes a finding. It cannot know whether the lines are the
/// model's results on the data; only doing the work again tells.
public struct Verification<Settings: RunSettings> {
    private typealias Record = RunRecord<Settings>

    private let directory: URL
    private var findings: [Finding] = []

    /// Everything wrong with a run; empty if nothing is.
    ///
    /// - Parameters:
    ///   - directory: the output directory of the run.
    ///   - modelSHA256: SHA-256 of the model file, to compare with the record's.
    ///   - data: the data set, to compare labels and digests with.
    public static func findings(
        in directory: URL, modelSHA256: String? = nil, data: ReferenceData? = nil
    ) -> [Finding] {
        var verification = Verification(directory: directory)
        verification.run(modelSHA256, data)
        return verification.findings
    }

    private init(directory: URL) {
        self.directory = directory
    }

    private mutating func run(_ modelSHA256: String?, _ data: ReferenceData?) {
        guard let (record, settingsDigest) = checkRecord() else { return }
        let lines = checkLines(of: record, settingsDigest: settingsDigest)
        checkOrder(lines, record)
        if record.isSealed { checkProgress(lines.map(\.line), record) }
        for (name, table) in record.settings.tables(of: lines.map(\.line)).sorted(by: { $0.key < $1.key }) {
            checkTable(directory.appending(path: name), table, lines.map(\.line))
        }
        findings += record.files.findings(in: directory)
        if let modelSHA256 { checkModel(modelSHA256, record) }
        if let data { checkData(data, lines, record) }
    }

    // MARK: run.json

    private mutating func checkRecord() -> (record: Record, settingsDigest: String?)? {
        let file = RunFile.record(in: directory)
        do {
            let contents = try RunFile.read(file)
            let record = try JSONDecoder().decode(Record.self, from: contents)
            guard record.isSealed else { return (record, nil) }
            let stated = try JSONDecoder().decode(StatedDigests.self, from: contents)
            let settingsDigest = try record.settingsDigest()
            let statedSettings = stated.settingsDigest ?? ""
            if statedSettings != settingsDigest {
                report(file, """
                    settingsDigest \(statedSettings.prefix(12))… is not that of the settings \
                    (\(settingsDigest.prefix(12))…): the model, data, settings or random numbers were altered, or it was
                    """)
            }
            if stated.digest != (try record.digest()) {
                report(file, "the record does not match its digest: something in it was altered")
            }
            if findings.isEmpty, try record.fileContents() != contents {
                report(file, "it is not in the form that Surety writes: something in it was altered or added")
            }
            let random = record.settings.random(model: record.model, data: record.data)
            if record.random != random {
                let key = random.map { " with the key \($0.key)" } ?? ""
                report(file, "random is not the generator that model, data and settings give\(key)")
            }
            // Lines are bound to the digest that was stated when they were written.
            return (record, statedSettings)
        } catch {
            report(file, RunFile.unreadable(file, error))
            return nil
        }
    }

    // MARK: lines

    private struct NumberedLine {
        let number: Int
        let line: Settings.Line
    }

    private var linesFile: URL { RunFile.lines(of: Settings.self, in: directory) }

    private mutating func checkLines(of record: Record, settingsDigest: String?) -> [NumberedLine] {
        let contents: Data
        do { contents = try RunFile.read(linesFile) } catch {
            report(linesFile, RunFile.unreadable(linesFile, error))
            return []
        }
        let lines = contents.completeLines
        if let last = contents.last, last != UInt8(ascii: "\n") {
            report(linesFile, line: lines.count + 1, "the line is torn: it has no line feed")
        }
        return lines.enumerated().compactMap { index, bytes in
            checkLine(bytes, number: index + 1, record, settingsDigest)
        }
    }

    private mutating func checkLine(
        _ bytes: Data, number: Int, _ record: Record, _ settingsDigest: String?
    ) -> NumberedLine? {
        do {
            let stated = try JSONDecoder().decode(SealedLine<Settings.Line>.self, from: bytes)
            let line = stated.line
            func report(_ message: String) {
                self.report(linesFile, line: number, image: line.image, message)
            }
            if let settingsDigest {
                let sealed = try SealedLine(line, settingsDigest: settingsDigest)
                if stated.digest != sealed.digest {
                    report("the result does not match its digest: a number, label or hash in it was altered")
                } else if stated.timingDigest != sealed.timingDigest {
                    report("the time \(line.timing ?? 0) s does not match its digest")
                } else if try sealed.fileContents().dropLast() != bytes {
                    report("it is not in the form that Surety writes: something in it was altered or added")
                }
            }
            record.settings.objections(to: line, dimensions: record.dimensions).forEach(report)
            return NumberedLine(number: number, line: line)
        } catch {
            report(linesFile, line: number, "it is not \(Settings.lineName.withArticle): \(CanonicalJSON.explain(error))")
            return nil
        }
    }

    /// Checks that the lines are for the selected images, each once and in order.
    private mutating func checkOrder(_ lines: [NumberedLine], _ record: Record) {
        var seen: [Int: Int] = [:]
        var last = -1
        for line in lines {
            let image = line.line.image
            func report(_ message: String) { self.report(linesFile, line: line.number, image: image, message) }
            if !record.selection.contains(image, of: record.data.count) {
                report("the image does not belong to this run")
            } else if let earlier = seen[image] {
                report("the image is on line \(earlier) already")
            } else {
                seen[image] = line.number
                if image < last { report("it is out of order: image \(last) stands before it") }
                last = max(last, image)
            }
        }
        let missing = MissingImages(from: Set(seen.keys), selection: record.selection, total: record.data.count)
        if missing.count > 0 {
            report(linesFile, "\(missing) missing" + (record.progress.finished ? "" : ": the run is not finished"))
        }
    }

    private mutating func checkProgress(_ lines: [Settings.Line], _ record: Record) {
        var expected = record
        expected.progress.images = record.selection.count(of: record.data.count)
        expected.update(for: lines)
        let (stated, actual) = (record.progress, expected.progress)
        func report(_ name: String, _ there: String, _ here: String) {
            self.report(
                RunFile.record(in: directory), "progress.\(name) is \(there), but the \(Settings.lineName)s make it \(here)")
        }
        func text(_ seconds: Double?) -> String { seconds.map { "\($0)" } ?? "nothing" }
        if stated.images != actual.images { report("images", "\(stated.images)", "\(actual.images)") }
        if stated.completed != actual.completed { report("completed", "\(stated.completed)", "\(actual.completed)") }
        if stated.finished != actual.finished { report("finished", "\(stated.finished)", "\(actual.finished)") }
        if stated.seconds != actual.seconds { report("seconds", text(stated.seconds), text(actual.seconds)) }
    }

    // MARK: files beside the lines

    private mutating func checkTable(_ file: URL, _ expected: Data, _ lines: [Settings.Line]) {
        do {
            let contents = try RunFile.read(file)
            if contents == expected { return }
            let (there, here) = (contents.textLines, expected.textLines)
            if there == here { report(file, "its line feeds were altered, or its bytes are not text") }
            for (index, pair) in zip(there, here).enumerated() where pair.0 != pair.1 {
                let image = index > 0 ? lines[index - 1].image : nil
                report(file, line: index + 1, image: image, """
                    "\(pair.0.prefix(80))" is not what \(Settings.linesFile) gives: "\(pair.1)"
                    """)
            }
            if there.count > here.count {
                report(file, line: here.count + 1, "there are \(there.count - here.count) lines more than \(Settings.lineName)s")
            }
            for index in there.count..<max(there.count, here.count) {
                let image = index > 0 ? lines[index - 1].image : nil
                report(file, line: index + 1, image: image, "the line is missing")
            }
        } catch {
            report(file, RunFile.unreadable(file, error))
        }
    }

    // MARK: model and data

    private mutating func checkModel(_ sha256: String, _ record: Record) {
        if sha256 != record.model.sha256 {
            report(RunFile.record(in: directory), """
                model.sha256 \(record.model.sha256.prefix(12))… is not that of the model given (\(sha256.prefix(12))…)
                """)
        }
    }

    private mutating func checkData(_ data: ReferenceData, _ lines: [NumberedLine], _ record: Record) {
        func compare(_ name: String, _ there: String, _ here: String) {
            if there != here {
                report(RunFile.record(in: directory), "data.\(name) \(there) is not that of the data given (\(here))")
            }
        }
        compare("sha256", record.data.sha256, data.record.sha256)
        compare("count", "\(record.data.count)", "\(data.record.count)")
        compare("shape", "\(record.data.shape)", "\(data.record.shape)")
        for line in lines where (0..<data.record.count).contains(line.line.image) {
            let (image, label) = (line.line.image, data.label(line.line.image))
            if line.line.label != label {
                report(linesFile, line: line.number, image: image, "label \(line.line.label) is not that of the data (\(label))")
            }
            for objection in record.settings.objections(to: line.line, image: data.pixels(image)) {
                report(linesFile, line: line.number, image: image, objection)
            }
            guard let stated = line.line.contentSHA256 else { continue }
            let sha256 = data.imageSHA256(image)
            if stated != sha256 {
                report(linesFile, line: line.number, image: image, """
                    imageSHA256 \(stated.prefix(12))… is not that of the data (\(sha256.prefix(12))…)
                    """)
            }
        }
    }

    // MARK: reporting

    private mutating func report(_ file: URL, line: Int? = nil, image: Int? = nil, _ message: String) {
        findings.append(Finding(file: file.lastPathComponent, line: line, image: image, message: message))
    }
}

extension String {
    /// The word with its indefinite article.
    fileprivate var withArticle: String { ("aeiou".contains(first ?? " ") ? "an " : "a ") + self }
}

extension Data {
    /// The lines of a text, without line feeds; what follows the last line feed is a line only if it is not empty.
    fileprivate var textLines: [String] {
        var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
