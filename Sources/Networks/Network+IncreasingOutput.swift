import SuretyTensors

extension Network {
    /// A network up to an increasing function of all its logits that can saturate.
    package struct BeforeIncreasingOutput: Sendable {
        /// The network whose logits are the inputs of that function.
        package let network: Network
        /// Whether the function was only a softmax or log-softmax: then the largest value stays the largest, up to the last
        /// digit. A sigmoid turns all logits that are large enough into 1, and the class is then the first of them.
        package let keepsClasses: Bool
    }

    /// What lies below a final softmax, log-softmax, sigmoid or tanh, even if a reshape, a multiplication by a positive
    /// number, an addition of a number or the like follows; nil if the network does not end this way.
    ///
    /// Such a function never changes the order of two classes, but hides the slope of the logits where it saturates.
    package var beforeIncreasingOutput: BeforeIncreasingOutput? {
        var place = vertices.count - 1
        var keepsClasses = true
        var found: BeforeIncreasingOutput?
        while place > 0, let step = increase(at: place) {
            keepsClasses = keepsClasses && step.keepsClasses
            // Every other vertex is needed for its one input, which is therefore the last of them.
            place -= 1
            if step.saturates, let network = ending(at: place) {
                found = BeforeIncreasingOutput(network: network, keepsClasses: keepsClasses)
            }
        }
        return found
    }

    /// What is known of a vertex that computes an increasing function of all classes; nil for any other.
    private func increase(at place: Int) -> (saturates: Bool, keepsClasses: Bool)? {
        let vertex = vertices[place]
        guard vertex.shape.reduce(1, *) == classCount else { return nil }
        switch vertex.layer {
        case .softmax(let axis), .logSoftmax(let axis): return vertex.shape[axis] == classCount ? (true, true) : nil
        case .function(.sigmoid), .function(.tanh), .function(.exponential): return (true, false)
        case .reshape, .dropout: return (false, true)
        case .arithmeticWithParameter(let operation, let operand, let side):
            guard let values = parameters[operand]?.values, let value = values.first, values.allSatisfy({ $0 == value })
            else { return nil }
            switch (operation, side) {
            case (.add, _), (.subtract, .right): return (false, false)
            case (.multiply, _), (.divide, .right): return value > 0 ? (false, value == 1) : nil
            case (.subtract, .left), (.divide, .left): return nil
            }
        case .image, .normalisation, .convolution, .dense, .batchNormalisation, .arithmetic, .relu, .leakyRelu, .clip,
            .function, .maximumPool, .averagePool, .mean, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct,
            .integer:
            return nil
        }
    }

    /// The network whose logits are the values of an earlier vertex, from which alone the last one follows.
    private func ending(at place: Int) -> Network? {
        let vertices = Array(vertices[...place])
        let shape = vertices[place].shape
        guard shape.reduce(1, *) == classCount else { return nil }
        let flat = shape == [classCount]
            ? [] : [Vertex(name: "logits", layer: .reshape(to: [classCount]), inputs: [place], shape: [classCount])]
        return Network(
            vertices: vertices + flat, parameters: parameters, classCount: classCount, readingErrors: readingErrors)
    }
}
