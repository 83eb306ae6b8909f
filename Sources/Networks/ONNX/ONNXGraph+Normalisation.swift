import SuretyGraphs
import SuretyTensors

/// Operators that normalise values by their mean and variance.
extension ONNXGraph {
    mutating func batchNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 5...5, attributes: "epsilon", "momentum", "training_mode")
        guard try !node.flag("training_mode") else {
            throw node.unsupported("it is in training mode; export the model for inference (in PyTorch: model.eval())")
        }
        let x = try vertex(node)
        let epsilon = try node.number("epsilon") ?? 1e-5
        let variance = try constant(node, 4)
        guard case .numbers(let variances) = variance.elements, variances.allSatisfy({ !($0 + epsilon <= 0) }) else {
            throw node.error("its variance \(quoted(variance.name)) is not positive everywhere")
        }
        let layer = Layer.BatchNormalisation(
            scale: try parameter(constant(node, 1), node), shift: try parameter(constant(node, 2), node),
            mean: try parameter(constant(node, 3), node), variance: try parameter(variance, node), epsilon: epsilon)
        return .vertex(try append(.batchNormalisation(layer), to: [x], node))
    }

    /// Normalises over the axes from `axis` to the last, then applies a scale and a shift that are repeated over the earlier
    /// axes.
    mutating func layerNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "axis", "epsilon", "stash_type")
        let x = try arrangedVertex(node)
        let first = try firstAxis(of: x, node)
        let result = try normalised(x, over: Array(shape(x).indices[first...]), node)
        return try scaled(result, by: value(node, 1), and: optionalConstant(node, 2), node)
    }

    /// The first normalised axis of the vertex; all following axes are normalised too.
    private func firstAxis(of x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        let stated = try axis(node.integer("axis") ?? -1, rank: fileRank(of: x), node)
        let mixing = "a normalisation over the batch mixes images"
        guard fileAxes(of: x)[stated...].allSatisfy({ $0.batchAfter == nil }) else { throw node.unsupported(mixing) }
        return try vertexAxis(stated, of: x, node, mixing)
    }

    /// x divided by the root of the mean of its squares, then a scale. Zhang and Sennrich 2019.
    mutating func rootMeanSquareNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "axis", "epsilon", "stash_type")
        let x = try arrangedVertex(node)
        let first = try firstAxis(of: x, node)
        let result = try normalised(x, over: Array(shape(x).indices[first...]), isCentred: false, node)
        return try scaled(result, by: value(node, 1), and: nil, node)
    }

    /// Each channel over all positions.
    mutating func instanceNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 3...3, attributes: "epsilon")
        let x = try vertex(node)
        guard shape(x).count >= 2 else { throw node.error("its input \(shape(x)) has no positions") }
        let result = try normalised(x, over: Array(shape(x).indices.dropFirst()), node)
        return try scaledPerChannel(result, node)
    }

    /// Each group of channels over all positions.
    mutating func groupNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        guard node.opset >= 21 else { throw node.unsupported("before opset 21 it is deprecated; export the model with opset 21") }
        try node.expect(inputs: 3...3, attributes: "epsilon", "num_groups", "stash_type")
        let x = try vertex(node)
        let shape = shape(x)
        guard let groups = try node.integer("num_groups"), groups > 0, let channels = shape.first, channels.isMultiple(of: groups)
        else { throw node.error("its groups do not divide the channels of \(shape)") }
        let inGroups = try append(.reshape(to: [groups, Array(shape).elementCount / groups]), to: [x], node)
        let result = try normalised(inGroups, over: [1], node)
        return try scaledPerChannel(append(.reshape(to: shape), to: [result], node), node)
    }

    /// x/(bias + alpha/size Σ x²)^beta, the sum over the channels near each: Krizhevsky, Sutskever and Hinton 2012, section 3.3.
    mutating func localResponseNormalisation(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha", "beta", "bias", "size")
        let x = try vertex(node)
        let shape = shape(x)
        guard let size = try node.integer("size"), 1...Self.extentLimit ~= size, shape.count >= 2 else {
            throw node.error("it has no size, or its input \(shape) no channels")
        }
        let squares = try append(.arithmetic(.multiply), to: [x, x], node)
        let plane = try append(.reshape(to: [1, shape[0], Array(shape.dropFirst()).elementCount]), to: [squares], node)
        var window = Window(size: [size, 1], strides: [1, 1])
        (window.paddingBefore, window.paddingAfter) = ([(size - 1) / 2, 0], [size / 2, 0])
        let means = try append(.averagePool(window, countsPadding: true), to: [plane], node)
        var sum = ONNXValue.vertex(try append(.reshape(to: shape), to: [means], node))
        sum = try arithmetic(.multiply, sum, node.number("alpha") ?? 1e-4, node)
        sum = try arithmetic(.add, sum, node.number("bias") ?? 1, node)
        sum = try apply(.function(.power(node.number("beta") ?? 0.75)), to: sum, node: node)
        return try arithmetic(.divide, .vertex(x), sum, node)
    }

    /// (x − mean)/√(variance + epsilon), or without the mean x/√(mean of x² + epsilon).
    private mutating func normalised(
        _ x: Int, over axes: [Int], isCentred: Bool = true, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        let mean = Layer.mean(axes: axes, keepsDimensions: true)
        let centred = isCentred ? try append(.arithmetic(.subtract), to: [x, append(mean, to: [x], node)], node) : x
        let squares = try append(.arithmetic(.multiply), to: [centred, centred], node)
        let variance = try append(mean, to: [squares], node)
        place(variance, at: batchPlace(of: x))
        let safe = try arithmetic(.add, .vertex(variance), node.number("epsilon") ?? 1e-5, node)
        guard case .vertex(let deviation) = try apply(.function(.squareRoot), to: safe, node: node) else { return centred }
        return try append(.arithmetic(.divide), to: [centred, deviation], node)
    }

    private mutating func scaled(
        _ x: Int, by scale: ONNXValue, and shift: ONNXConstant?, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        let product = try arithmetic(.multiply, .vertex(x), scale, node)
        guard let shift else { return product }
        return try arithmetic(.add, product, .constant(shift), node)
    }

    /// Times input 1 and plus input 2, one number for each index of the first axis.
    private mutating func scaledPerChannel(_ x: Int, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let (count, rank) = (shape(x)[0], shape(x).count)
        var names: [String] = []
        for index in 1...2 {
            let numbers = try constant(node, index)
            guard numbers.count == count else {
                throw node.error("\(quoted(numbers.name)) has \(numbers.count) numbers for \(count) channels")
            }
            names.append(
                try parameter(numbers, form: "per channel \(rank)", node) { tensor throws(ONNXError) in
                    tensor.reshaped(to: [count] + Array(repeating: 1, count: rank - 1))
                })
        }
        let product = try append(.arithmeticWithParameter(.multiply, operand: names[0], side: .right), to: [x], node)
        return .vertex(try append(.arithmeticWithParameter(.add, operand: names[1], side: .right), to: [product], node))
    }
}
