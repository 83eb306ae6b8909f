import Foundation

/// Why a report could not be made: which file and line, or which program, and what to do.
public struct ReportError: Error, CustomStringConvertible, LocalizedError, Equatable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }

    public var errorDescription: String? { description }
}
