import SuretyGraphs

/// Why a network cannot be built or fed. Every message names the layer or parameter and says what to do.
public enum NetworkError: Error, Equatable, Sendable {
    /// A layer's inputs do not suit it.
    case layer(name: String, problem: String)
    /// A layer refers to a parameter or vertex that the network lacks.
    case missing(name: String, layer: String)
    /// A parameter that holds NaN or infinity, or nothing at all.
    case parameter(name: String, problem: String)
    /// More elements, axes or multiply-accumulates per image than any image classifier needs.
    case tooLarge(name: String, problem: String)
    /// The last layer does not give one logit per class.
    case output(shape: [Int])
    /// Images of another shape than the network takes, both without the batch axis.
    case imageShape(expected: [Int], found: [Int])
    /// Means and standard deviations that do not suit the image.
    case normalisation(problem: String)
}

extension NetworkError: CustomStringConvertible {
    /// Which layer or parameter, what is wrong, and what to do.
    public var description: String {
        switch self {
        case .layer(let name, let problem):
            "layer \(quoted(name)): \(problem)"
        case .missing(let name, let layer):
            "layer \(quoted(layer)) refers to \(quoted(name)), which the network does not have"
        case .parameter(let name, let problem):
            "parameter \(quoted(name)) \(problem)"
        case .tooLarge(let name, let problem):
            "layer \(quoted(name)) is too large: \(problem)"
        case .output(let shape):
            "the network's output has the shape \(shape) per image; a classifier gives one row of logits, [classes]"
        case .imageShape(let expected, let found):
            "the network takes images of shape \(expected), and these have the shape \(found); choose the data set the model was made for"
        case .normalisation(let problem):
            "cannot normalise: \(problem)"
        }
    }
}
