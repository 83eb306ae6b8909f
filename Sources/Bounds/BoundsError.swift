/// Why bounds could not be computed.
public enum BoundsError: Error, Equatable, Sendable {
    /// A setting outside its range.
    case setting(String)
    /// A classifier without a second class has no margin.
    case tooFewClasses(Int)
    /// The network gives NaN or infinity.
    case notFinite(image: Int, data: String)
    /// A layer for which no proven bound is known.
    case unsupported(layer: String, problem: String)
}

extension BoundsError: CustomStringConvertible {
    /// What is wrong and, where possible, what to do, for people.
    public var description: String {
        switch self {
        case .setting(let problem): problem
        case .tooFewClasses(let count):
            "the network has \(count) class\(count == 1 ? "" : "es"): bounds on its margin need at least two"
        case .notFinite(let image, let data):
            """
            the model's output or its gradient is not finite on image \(image) of \(data): check the weights, and whether \
            the model expects normalised pixels (--mean, --std)
            """
        case .unsupported(let layer, let problem):
            "no bound can be proven: layer \"\(layer)\" is \(problem)"
        }
    }
}
