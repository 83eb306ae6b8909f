import Foundation
import SuretyRecords

/// The text of a small file that a person names.
enum TextFile {
    /// - Throws: `SuretyError` that names a file that cannot be read.
    static func contents(of path: String) throws(SuretyError) -> String {
        do { return try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) } catch {
            throw SuretyError("cannot read \(path): \(error.systemReason)")
        }
    }

    /// The lines that are not blank, without spaces around them, each with its number from 1.
    ///
    /// - Throws: as `contents`.
    static func lines(of path: String) throws(SuretyError) -> [(number: Int, text: String)] {
        let all = try contents(of: path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return zip(1..., all).map { (number: $0, text: $1.trimmingCharacters(in: .whitespaces)) }.filter { !$0.text.isEmpty }
    }
}
