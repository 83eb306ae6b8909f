import SuretyTensors

/// Operators of the domain ai.onnx.ml, in which scikit-learn's models are written: linear models, and what comes before and
/// after them.
extension ONNXGraph {
    /// (x − offset)·scale.
    mutating func scaler(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "offset", "scale")
        let x = try value(node, 0)
        let offset = try numbers("offset", of: node, shape: nil) ?? ONNXConstant(0)
        let scale = try numbers("scale", of: node, shape: nil) ?? ONNXConstant(1)
        return try arithmetic(.multiply, arithmetic(.subtract, x, .constant(offset), node), .constant(scale), node)
    }

    /// The scores of the classes, its second output: W x + b, and perhaps a softmax or a sigmoid of them. The first output,
    /// the class alone, is not computed.
    mutating func linearClassifier(_ node: ONNXNode) throws(ONNXError) -> [ONNXValue?] {
        try node.expect(
            inputs: 1...1, attributes: "classlabels_ints", "classlabels_strings", "coefficients", "intercepts", "multi_class", "post_transform")
        let x = try vertex(node)
        guard shape(x).count == 1, let coefficients = try node.numbers("coefficients"), !coefficients.isEmpty,
            coefficients.count.isMultiple(of: shape(x)[0])
        else { throw node.error("its coefficients do not fit inputs of the shape \(shape(x)) per image") }
        let classes = coefficients.count / shape(x)[0]
        let weights = try numbers("coefficients", of: node, shape: [classes, shape(x)[0]]) ?? ONNXConstant(0)
        let bias = try numbers("intercepts", of: node, shape: [classes])
        let names = (
            weights: try parameter(weights, node), bias: try bias.map { bias throws(ONNXError) in try parameter(bias, node) }
        )
        var scores = ONNXValue.vertex(try append(.dense(weights: names.weights, bias: names.bias), to: [x], node))
        switch try node.text("post_transform") ?? "NONE" {
        case "NONE": break
        case "SOFTMAX": scores = try apply(.softmax(axis: 0), to: scores, node: node)
        case "LOGISTIC": scores = try apply(.sigmoid, to: scores, node: node)
        case let other: throw node.unsupported("what it does to its scores, \(quoted(other)), is not supported")
        }
        return [nil, scores]
    }

    /// x divided by its largest magnitude, the sum of its magnitudes or their root of squares, along the last axis.
    mutating func normaliser(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "norm")
        let x = try vertex(node)
        let last = shape(x).count - 1
        guard last >= 0 else { throw node.error("its input has no axis except the batch") }
        // Probabilities sum to 1 already, up to rounding.
        let norm = try node.text("norm") ?? "MAX"
        if norm == "L1", isSoftmax(x, axis: last) { return .vertex(x) }
        let size: ONNXValue
        switch norm {
        case "MAX":
            size = try reduce(.maximum, apply(.leakyRelu(slope: -1), to: .vertex(x), node: node), axes: [last], keepsDimensions: true, node)
        case "L1": size = try reduce(.sumOfMagnitudes, .vertex(x), axes: [last], keepsDimensions: true, node)
        case "L2": size = try reduce(.rootOfSquares, .vertex(x), axes: [last], keepsDimensions: true, node)
        case let other: throw node.error("its norm is \(quoted(other))")
        }
        return try arithmetic(.divide, .vertex(x), size, node)
    }

    /// The numbers of an attribute; `nil` if it is missing.
    private func numbers(_ name: String, of node: ONNXNode, shape: [Int]?) throws(ONNXError) -> ONNXConstant? {
        guard let numbers = try node.numbers(name) else { return nil }
        let shape = shape ?? (numbers.count == 1 ? [] : [numbers.count])
        guard shape.elementCount == numbers.count, !numbers.isEmpty else {
            throw node.error("its \(name) are \(numbers.count) numbers, where \(shape.elementCount) are needed")
        }
        return ONNXConstant(own: "\(node.outputs.last ?? node.name) \(name)", shape: shape, numbers: numbers)
    }
}
