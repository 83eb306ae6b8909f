/// Why what was asked for cannot be done, in words that say what to do instead.
public struct SuretyError: Error, CustomStringConvertible, Sendable {
    /// The message, for people.
    public let description: String

    /// - Parameter description: What cannot be done, and what to do instead.
    public init(_ description: String) { self.description = description }
}
