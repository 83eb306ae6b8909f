import Foundation

/// Why a data set could not be read, written or fetched.
///
/// The description names the file, says what is wrong with it and what to do about it.
public struct DatasetError: Error, CustomStringConvertible, LocalizedError, Equatable, Sendable {
    /// The kind of trouble.
    public enum Reason: Equatable, Sendable {
        /// A file or a data set is not where it was looked for.
        case missing
        /// The operating system refused to read or write.
        case inaccessible
        /// The bytes are not what the format asks for: truncated, altered, or another format altogether.
        case malformed
        /// A valid file of a kind that is not supported.
        case unsupported
        /// A label, a pixel or an array shape that an image classification data set cannot have.
        case invalidContent
        /// A download failed.
        case download
    }

    /// The kind of trouble, for programs.
    public let reason: Reason
    /// The file, what is wrong with it, and what to do.
    public let description: String

    /// - Parameter description: The file, what is wrong with it, and what to do.
    public init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// The same message, for Foundation.
    public var errorDescription: String? { description }
}

extension DatasetError {
    static func missing(_ file: URL) -> DatasetError {
        DatasetError(.missing, "\(file.path): there is no such file. Check the path.")
    }

    /// A file the operating system would not read or write, with its own words for why.
    static func inaccessible(_ file: URL, _ action: String, _ cause: String) -> DatasetError {
        DatasetError(.inaccessible, """
            \(file.path): cannot \(action): \(cause). Check its permissions and the free space.
            """)
    }
}
