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
}
