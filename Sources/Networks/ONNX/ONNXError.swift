/// Why an ONNX file cannot be read as an image classifier: what is wrong, where, and what to do.
public struct ONNXError: Error, Equatable, Sendable {
    /// The kind of trouble.
    public enum Problem: Sendable, Equatable {
        /// The bytes are not an ONNX model, or are cut short or damaged.
        case unreadable
        /// The model breaks a rule of the format: a missing input, a shape that does not fit, a bad attribute.
        case invalid
        /// The model is valid, but uses something that this reader does not support.
        case unsupported
        /// The model's input does not suit the images.
        case imageShape
        /// The model asks for more than any image classifier needs.
        case tooLarge
    }

    /// What kind of trouble it is.
    public let problem: Problem

    /// The node, tensor or other part of the file, such as `node "conv1" (Conv)`; `nil` for the file as a whole.
    public let place: String?

    /// What is wrong there, and what to do.
    public let message: String

    init(_ problem: Problem, at place: String? = nil, _ message: String) {
        self.problem = problem
        self.place = place
        self.message = message.printable(length: 600)
    }

    /// An error of the network being built, at a place of the file.
    init(_ error: NetworkError, at place: String?) {
        switch error {
        case .layer(_, let problem): self.init(.invalid, at: place, problem)
        case .tooLarge(_, let problem): self.init(.tooLarge, at: place, problem)
        case .imageShape: self.init(.imageShape, at: place, error.description)
        case .missing, .parameter, .output, .normalisation: self.init(.invalid, at: place, error.description)
        }
    }
}

extension ONNXError: CustomStringConvertible {
    /// The message, after the place in the file where one is known.
    public var description: String { place.map { "\($0): \(message)" } ?? message }
}
