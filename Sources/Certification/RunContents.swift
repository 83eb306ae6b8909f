import Foundation
import Records

/// The record and the certificates of a run directory, read strictly: every line must carry the digest of its content,
/// bound to the run's settings, and be the next image's.
///
///     let run = try RunContents(of: URL(filePath: "out"))
///     run.certificates.filter(\.isCorrect).count
///
/// That makes a report safe against casual alteration. Whether bounds follow from counts is for `Verification`.
public struct RunContents: Sendable {
    /// What `run.json` says, with the progress that the certificates make.
    public let record: RunRecord
    /// In the order of the images. A run that is not finished has only the first of them.
    public let certificates: [Certificate]
    let lines: [CertificateLine]

    /// - Throws: `RunError` that names the file and the line that cannot be read.
    public init(of directory: URL) throws(RunError) {
        var record = try RunRecord(at: RunFile.record(in: directory))
        let journal = RunFile.certificates(in: directory)
        lines = try Self.lines(in: RunFile.read(journal), of: journal, record)
        certificates = lines.map(\.certificate)
        record.update(for: certificates)
        self.record = record
    }

    /// The complete lines. A torn one at the end does not count.
    static func lines(
        in contents: Data, of url: URL, _ record: RunRecord
    ) throws(RunError) -> [CertificateLine] {
        let expected = record.selection.count(of: record.data.count)
        var lines: [CertificateLine] = []
        do {
            let settingsDigest = try record.settingsDigest()
            for bytes in contents.completeLines {
                let number = lines.count + 1
                let line: CertificateLine
                do { line = try JSONDecoder().decode(CertificateLine.self, from: bytes) } catch {
                    throw RunError.damaged(url, line: number, CanonicalJSON.explain(error))
                }
                let sealed = try CertificateLine(line.certificate, settingsDigest: settingsDigest)
                guard line == sealed, try sealed.fileContents().dropLast() == bytes else {
                    throw RunError.damaged(url, line: number, "its content does not match its digest")
                }
                guard lines.count < expected else {
                    throw RunError.damaged(url, line: number, "there are only \(expected) images")
                }
                let image = record.selection.image(at: lines.count)
                guard line.certificate.image == image else {
                    throw RunError.damaged(
                        url, line: number, "it is of image \(line.certificate.image), but image \(image) is next")
                }
                lines.append(line)
            }
        } catch let error as RunError {
            throw error
        } catch {
            throw .damaged(url, "\(error)")
        }
        return lines
    }
}

extension RunRecord {
    /// - Throws: `RunError` when the file is missing, is no record, or does not match its digests.
    init(at url: URL) throws(RunError) {
        let contents = try RunFile.read(url)
        do {
            self = try JSONDecoder().decode(RunRecord.self, from: contents)
            guard try fileContents() == contents else {
                throw RunError.damaged(url, "its content does not match its digest")
            }
        } catch let error as RunError {
            throw error.reason == .damagedRecord ? error : .damaged(url, error.description)
        } catch {
            throw .damaged(url, CanonicalJSON.explain(error))
        }
    }
}
