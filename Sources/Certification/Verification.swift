import Datasets
import Foundation
import Records

/// Checks a run directory: every digest, the order and number of the images, from the counts alone every bound, verdict
/// and radius, and the table. Given the model and the data, also that they are the ones the record speaks of.
///
///     for finding in try Verification.findings(in: directory) { print(finding) }
///     // certificates.jsonl line 12, image 11: radius 0.83 is not what the counts give (0.81…)
///
/// It reads anything and throws nothing: what cannot be read is a finding. What it cannot know is whether the counts are
/// those of the model; a replay from the seeds tells.
public struct Verification {
    private let directory: URL
    private var findings: [Finding] = []

    /// Everything wrong with a run; empty when nothing is.
    ///
    /// - Parameters:
    ///   - directory: the output directory of `surety certify`, `predict` or `merge`.
    ///   - modelSHA256: SHA-256 of the model file, to compare with the record's.
    ///   - images: the data set, to compare labels and digests with.
    public static func findings(
        in directory: URL, modelSHA256: String? = nil, images: LabelledImages? = nil
    ) -> [Finding] {
        var verification = Verification(directory: directory)
        verification.run(modelSHA256, images)
        return verification.findings
    }

    private init(directory: URL) {
        self.directory = directory
    }

    private mutating func run(_ modelSHA256: String?, _ images: LabelledImages?) {
        guard let record = checkRecord() else { return }
        let certificates = checkCertificates(of: record.record, settingsDigest: record.settingsDigest)
        checkOrder(certificates, record.record)
        checkProgress(certificates.map(\.certificate), record.record)
        checkTable(certificates.map(\.certificate), record.record.settings)
        if let modelSHA256 { checkModel(modelSHA256, record.record) }
        if let images { checkData(images, certificates, record.record) }
    }

    // MARK: run.json

    private mutating func checkRecord() -> (record: RunRecord, settingsDigest: String)? {
        let file = RunFile.record(in: directory)
        do {
            let contents = try RunFile.read(file)
            let record = try JSONDecoder().decode(RunRecord.self, from: contents)
            let stated = try JSONDecoder().decode(StatedDigests.self, from: contents)
            let settingsDigest = try record.settingsDigest()
            if stated.settingsDigest != settingsDigest {
                report(file, """
                    settingsDigest \(stated.settingsDigest.prefix(12))… is not that of the settings \
                    (\(settingsDigest.prefix(12))…): the model, data, settings or random numbers were altered, or it was
                    """)
            }
            if stated.digest != (try record.digest()) {
                report(file, "the record does not match its digest: something in it was altered")
            }
            if findings.isEmpty, try record.fileContents() != contents {
                report(file, "it is not in the form that Surety writes: something in it was altered or added")
            }
            if record.random != RunRecord.Random(record.settings.noise, key: record.settings.seed) {
                report(file, "random is not the generator of this version of Surety with the key \(record.settings.seed)")
            }
            // Lines are bound to the digest that was stated when they were written.
            return (record, stated.settingsDigest)
        } catch {
            report(file, unreadable(file, error))
            return nil
        }
    }

    // MARK: certificates.jsonl

    private struct NumberedLine {
        let number: Int
        let certificate: Certificate
    }

    private mutating func checkCertificates(of record: RunRecord, settingsDigest: String) -> [NumberedLine] {
        let file = RunFile.certificates(in: directory)
        let contents: Data
        do { contents = try RunFile.read(file) } catch {
            report(file, unreadable(file, error))
            return []
        }
        let lines = contents.completeLines
        if let last = contents.last, last != UInt8(ascii: "\n") {
            report(file, line: lines.count + 1, "the line is torn: it has no line feed")
        }
        let check = BoundCheck(settings: record.settings, dimensions: record.dimensions)
        return lines.enumerated().compactMap { index, bytes in
            checkLine(bytes, number: index + 1, check, settingsDigest)
        }
    }

    private mutating func checkLine(
        _ bytes: Data, number: Int, _ check: BoundCheck, _ settingsDigest: String
    ) -> NumberedLine? {
        let file = RunFile.certificates(in: directory)
        do {
            let stated = try JSONDecoder().decode(CertificateLine.self, from: bytes)
            let certificate = stated.certificate
            let sealed = try CertificateLine(certificate, settingsDigest: settingsDigest)
            func report(_ message: String) {
                self.report(file, line: number, image: certificate.image, message)
            }
            if stated.digest != sealed.digest {
                report("the result does not match its digest: a number, label or hash in it was altered")
            } else if stated.timingDigest != sealed.timingDigest {
                report("the time \(certificate.seconds) s does not match its digest")
            } else if try sealed.fileContents().dropLast() != bytes {
                report("it is not in the form that Surety writes: something in it was altered or added")
            }
            check.objections(to: certificate).forEach(report)
            if !certificate.counts.indices.contains(certificate.label) {
                report("label \(certificate.label) is none of the \(certificate.counts.count) classes")
            }
            return NumberedLine(number: number, certificate: certificate)
        } catch {
            report(file, line: number, "it is not a certificate: \(CanonicalJSON.explain(error))")
            return nil
        }
    }

    /// That the lines are of the selected images, each once and in order.
    private mutating func checkOrder(_ lines: [NumberedLine], _ record: RunRecord) {
        let file = RunFile.certificates(in: directory)
        var seen: [Int: Int] = [:]
        var last = -1
        for line in lines {
            let image = line.certificate.image
            func report(_ message: String) { self.report(file, line: line.number, image: image, message) }
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
            report(file, "\(missing) missing" + (record.progress.finished ? "" : ": the run is not finished"))
        }
    }

    private mutating func checkProgress(_ certificates: [Certificate], _ record: RunRecord) {
        var expected = record
        expected.progress.images = record.selection.count(of: record.data.count)
        expected.update(for: certificates)
        let (stated, actual) = (record.progress, expected.progress)
        func report(_ name: String, _ there: String, _ here: String) {
            self.report(RunFile.record(in: directory), "progress.\(name) is \(there), but the certificates make it \(here)")
        }
        if stated.images != actual.images { report("images", "\(stated.images)", "\(actual.images)") }
        if stated.completed != actual.completed { report("completed", "\(stated.completed)", "\(actual.completed)") }
        if stated.finished != actual.finished { report("finished", "\(stated.finished)", "\(actual.finished)") }
        if stated.seconds != actual.seconds { report("seconds", "\(stated.seconds)", "\(actual.seconds)") }
    }

    // MARK: certificates.tsv

    private mutating func checkTable(_ certificates: [Certificate], _ settings: SmoothingSettings) {
        let file = RunFile.table(in: directory)
        do {
            let contents = try RunFile.read(file)
            let expected = CertificateTable.fileContents(certificates, settings)
            if contents == expected { return }
            let (there, here) = (contents.textLines, expected.textLines)
            if there == here { report(file, "its line feeds were altered, or its bytes are not text") }
            for (index, pair) in zip(there, here).enumerated() where pair.0 != pair.1 {
                let image = index > 0 ? certificates[index - 1].image : nil
                report(file, line: index + 1, image: image, """
                    "\(pair.0.prefix(80))" is not what certificates.jsonl gives: "\(pair.1)"
                    """)
            }
            if there.count > here.count {
                report(file, line: here.count + 1, "there are \(there.count - here.count) lines more than certificates")
            }
            for index in there.count..<max(there.count, here.count) {
                let image = index > 0 ? certificates[index - 1].image : nil
                report(file, line: index + 1, image: image, "the line is missing")
            }
        } catch {
            report(file, unreadable(file, error))
        }
    }

    // MARK: model and data

    private mutating func checkModel(_ sha256: String, _ record: RunRecord) {
        if sha256 != record.model.sha256 {
            report(RunFile.record(in: directory), """
                model.sha256 \(record.model.sha256.prefix(12))… is not that of the model given (\(sha256.prefix(12))…)
                """)
        }
    }

    private mutating func checkData(_ images: LabelledImages, _ lines: [NumberedLine], _ record: RunRecord) {
        func compare(_ name: String, _ there: String, _ here: String) {
            if there != here {
                report(RunFile.record(in: directory), "data.\(name) \(there) is not that of the data given (\(here))")
            }
        }
        compare("sha256", record.data.sha256, images.sha256)
        compare("count", "\(record.data.count)", "\(images.count)")
        compare("shape", "\(record.data.shape)", "\(images.shape)")
        let file = RunFile.certificates(in: directory)
        for line in lines where (0..<images.count).contains(line.certificate.image) {
            let certificate = line.certificate
            let (label, sha256) = (images.label(at: certificate.image), images.imageSHA256(at: certificate.image))
            if certificate.label != label {
                report(file, line: line.number, image: certificate.image, """
                    label \(certificate.label) is not that of the data (\(label))
                    """)
            }
            if certificate.imageSHA256 != sha256 {
                report(file, line: line.number, image: certificate.image, """
                    imageSHA256 \(certificate.imageSHA256.prefix(12))… is not that of the data (\(sha256.prefix(12))…)
                    """)
            }
        }
    }

    // MARK: reporting

    private mutating func report(_ file: URL, line: Int? = nil, image: Int? = nil, _ message: String) {
        findings.append(Finding(file: file.lastPathComponent, line: line, image: image, message: message))
    }

    private func unreadable(_ file: URL, _ error: any Error) -> String {
        switch error {
        case let error as RunError where error.reason == .inaccessible:
            FileManager.default.fileExists(atPath: file.path) ? error.description : "the file is missing"
        default: "it cannot be read: \(CanonicalJSON.explain(error))"
        }
    }
}

extension Data {
    /// The lines of a text, without line feeds; what follows the last one only if there is something.
    fileprivate var textLines: [String] {
        var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
