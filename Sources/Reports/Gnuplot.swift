import Foundation
import SuretyDatasets
import SuretyRecords

/// The plotting program gnuplot (Debian's gnuplot-nox), run as a process.
struct Gnuplot {
    private let program: URL

    /// - Parameter searchPath: the folders to look in, as in the environment's `PATH`.
    /// - Throws: `ReportError` when it is in none of them.
    init(searchPath: String) throws(ReportError) {
        let candidates = searchPath.split(separator: ":").map { URL(fileURLWithPath: "\($0)/gnuplot") }
        guard let program = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw ReportError("""
                gnuplot, which draws the plots, is not installed. On Debian: sudo apt-get install gnuplot-nox
                """)
        }
        self.program = program
    }

    /// Runs a script that writes one file, which is moved to `output` only if everything went well.
    ///
    /// - Parameter script: makes the script from the text to be given to `set output`.
    func draw(to output: URL, script: (String) -> String) throws(ReportError) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-plot-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let picture = folder.appendingPathComponent("picture")
        let scriptFile = folder.appendingPathComponent("script.gp")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(script(Self.quoted(picture.path)).utf8).write(to: scriptFile)
        } catch {
            throw ReportError("\(folder.path): cannot write it: \(error.systemReason).")
        }
        let complaints = try run(scriptFile)
        guard let bytes = try? Data(contentsOf: picture), !bytes.isEmpty, complaints.status == 0 else {
            throw ReportError("gnuplot could not draw the plot: \(complaints.words)")
        }
        do {
            try bytes.replaceFile(at: output)
        } catch {
            throw ReportError("\(output.path): cannot \(error.action): \(error.reason). Choose another place.")
        }
    }

    private func run(_ script: URL) throws(ReportError) -> (status: Int32, words: String) {
        let process = Process()
        process.executableURL = program
        // Ignores the user's own settings, so that everyone gets the same picture.
        process.arguments = ["--default-settings", script.path]
        let words = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = words
        do {
            try process.run()
        } catch {
            throw ReportError("\(program.path) cannot be run: \(error.systemReason).")
        }
        let text = words.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let line = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return (process.terminationStatus, line)
    }

    /// Text in the form of gnuplot's single-quoted strings, where only the quote is special.
    static func quoted(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : $0 }
        return "'" + String(line).replacingOccurrences(of: "'", with: "''") + "'"
    }
}
