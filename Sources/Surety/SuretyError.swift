/// Why what was asked for cannot be done, in words that say what to do instead.
public struct SuretyError: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
