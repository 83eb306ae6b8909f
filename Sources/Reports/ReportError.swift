import Foundation

/// Why a report could not be made: which file and line, or which program, and what to do.
public struct ReportError: Error, CustomStringConvertible, LocalizedError, Equatable, Sendable {
    /// The message, for people.
    public let description: String

    /// - Parameter description: Which file and line, or which program, and what to do.
    public init(_ description: String) { self.description = description }

    /// The same message, for Foundation.
    public var errorDescription: String? { description }
}
