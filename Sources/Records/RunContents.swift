import Foundation

/// The record and the lines of a run directory, read strictly: every line must carry the digest of its content,
/// bound to the run's settings, and be the next image's.
///
///     let run = try RunContents<SmoothingSettings>(of: URL(filePath: "out"))
///     run.lines.filter(\.isCorrect).count
///
/// That makes a report safe against casual alteration. Only verification can tell whether the results follow from the model
/// and the data. Attacks and bounds of older versions have no digests: they are read, in any order of images, and `isSealed`
/// is false.
public struct RunContents<Settings: RunSettings>: Sendable {
    /// The content of `run.json`, with the progress that the lines show.
    public let record: RunRecord<Settings>
    /// In the order of the images. An unfinished run has only the first lines.
    public let lines: [Settings.Line]

    /// - Throws: `RunError` that names the file and the line that cannot be read.
    public init(of directory: URL) throws(RunError) {
        let record = try RunRecord<Settings>(at: RunFile.record(in: directory))
        let journal = RunFile.lines(of: Settings.self, in: directory)
        self.init(record: record, lines: try Self.lines(in: RunFile.read(journal), of: journal, record))
    }

    /// Makes a run with these results.
    public init(record: RunRecord<Settings>, lines: [Settings.Line]) {
        self.lines = record.isSealed ? lines : lines.sorted { $0.image < $1.image }
        var record = record
        record.update(for: lines)
        self.record = record
    }

    /// The complete lines. A torn one at the end does not count.
    static func lines(
        in contents: Data, of url: URL, _ record: RunRecord<Settings>, inOrder: Bool = true
    ) throws(RunError) -> [Settings.Line] {
        let expected = record.selection.count(of: record.data.count)
        var lines: [Settings.Line] = []
        do {
            let settingsDigest = try record.settingsDigest()
            for bytes in contents.completeLines {
                let number = lines.count + 1
                let line: SealedLine<Settings.Line>
                do { line = try JSONDecoder().decode(SealedLine<Settings.Line>.self, from: bytes) } catch {
                    throw RunError.damaged(url, line: number, CanonicalJSON.explain(error))
                }
                if record.isSealed {
                    let sealed = try SealedLine(line.line, settingsDigest: settingsDigest)
                    guard line == sealed, try sealed.fileContents().dropLast() == bytes else {
                        throw RunError.damaged(url, line: number, "its content does not match its digest")
                    }
                }
                guard lines.count < expected else {
                    throw RunError.damaged(url, line: number, "there are only \(expected) images")
                }
                let (image, next) = (line.line.image, record.selection.image(at: lines.count))
                guard image == next || !(record.isSealed && inOrder) && record.selection.contains(image, of: record.data.count) else {
                    throw RunError.damaged(url, line: number, "it is of image \(image), but image \(next) is next")
                }
                lines.append(line.line)
            }
        } catch let error as RunError {
            throw error
        } catch {
            throw .damaged(url, "\(error)")
        }
        guard Set(lines.map(\.image)).count == lines.count else { throw .damaged(url, "an image is in it twice") }
        return lines
    }
}
