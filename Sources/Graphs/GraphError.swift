/// Why a graph could not be built or compiled: shapes that do not fit, or an operation the
/// numerical library refuses. The message names the operation and the shapes.
public struct GraphError: Error, CustomStringConvertible, Equatable, Sendable {
    /// The operation and the shapes, and what does not fit.
    public let description: String

    /// An error with these words.
    public init(_ description: String) {
        self.description = description
    }
}
