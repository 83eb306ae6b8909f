import SuretyTensors

/// Operators that work element by element, normalise, or reduce.
extension ONNXGraph {
    mutating func activation(_ layer: Layer, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        return .vertex(try append(layer, to: [vertex(node)], node))
    }

    mutating func leakyRelu(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        return .vertex(try append(.leakyRelu(slope: node.number("alpha") ?? 0.01), to: [vertex(node)], node))
    }

    /// Bounds are attributes before opset 11 and inputs since.
    mutating func clip(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let bounds: (low: Float?, high: Float?)
        if node.opset < 11 {
            try node.expect(inputs: 1...1, attributes: "max", "min")
            bounds = (try node.number("min"), try node.number("max"))
        } else {
            try node.expect(inputs: 1...3)
            bounds = (
                try optionalConstant(node, 1).map { constant throws(ONNXError) in try scalar(constant, node) },
                try optionalConstant(node, 2).map { constant throws(ONNXError) in try scalar(constant, node) }
            )
        }
        let x = try vertex(node)
        let (low, high) = (bounds.low ?? -.infinity, bounds.high ?? .infinity)
        guard low <= high else { throw node.error("its lower bound \(low) is above its upper bound \(high)") }
        return .vertex(try append(.clip(low...high), to: [x], node))
    }

    /// Softmax or LogSoftmax: since opset 13 along one axis, the last by default; before, along all axes from one, the first
    /// after the batch by default.
    mutating func softmax(_ node: ONNXNode, layer: (_ axis: Int) -> Layer) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "axis")
        let x = try vertex(node)
        let shape = shape(x)
        let axis = try axis(node.integer("axis") ?? (node.opset < 13 ? 1 : -1), rank: shape.count + 1, node) - 1
        guard axis >= 0 else { throw node.unsupported("a softmax along the batch mixes images") }
        if node.opset >= 13 || axis == shape.count - 1 { return .vertex(try append(layer(axis), to: [x], node)) }
        let rows = try append(.reshape(to: shape[..<axis] + [Array(shape[axis...]).elementCount]), to: [x], node)
        let result = try append(layer(axis), to: [rows], node)
        return .vertex(try append(.reshape(to: shape), to: [result], node))
    }

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

    /// Axes are an attribute before opset 18 and an input since.
    mutating func reduceMean(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let listed: [Int]?
        if node.opset < 18 {
            try node.expect(inputs: 1...1, attributes: "axes", "keepdims")
            listed = try node.integers("axes")
        } else {
            try node.expect(inputs: 1...2, attributes: "keepdims", "noop_with_empty_axes")
            listed = try optionalConstant(node, 1).map { axes throws(ONNXError) in try integers(axes, node) }
        }
        let x = try vertex(node)
        if listed ?? [] == [], try node.flag("noop_with_empty_axes") { return .vertex(x) }
        let axes = try axes(listed ?? [], rank: shape(x).count + 1, node)
        guard !axes.isEmpty, !axes.contains(0) else {
            throw node.unsupported("a mean over the batch mixes images; name the axes to average, without 0")
        }
        let keepsDimensions = try node.integer("keepdims") ?? 1 != 0
        return .vertex(try append(.mean(axes: axes.map { $0 - 1 }, keepsDimensions: keepsDimensions), to: [x], node))
    }

    /// Add, Sub, Mul or Div.
    mutating func arithmetic(_ operation: Layer.Arithmetic, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        switch (try value(node, 0), try value(node, 1)) {
        case (.vertex(let left), .vertex(let right)):
            return .vertex(try append(.arithmetic(operation), to: [left, right], node))
        case (.vertex(let x), .constant(let operand)):
            if operation == .divide, case .numbers(let numbers) = operand.elements, numbers.contains(0) {
                throw node.error("it divides by \(quoted(operand.name)), which contains 0")
            }
            return .vertex(try combine(operation, x, operand, .right, node))
        case (.constant(let operand), .vertex(let x)):
            return .vertex(try combine(operation, x, operand, .left, node))
        case (.constant(let left), .constant(let right)):
            return .constant(try combine(operation, left, right, node))
        }
    }

    private mutating func combine(
        _ operation: Layer.Arithmetic, _ x: Int, _ operand: ONNXConstant, _ side: Layer.Side, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        var extents = operand.shape
        // An axis of extent 1 for the batch is broadcast as its absence is.
        while extents.count > shape(x).count, extents.first == 1, extents.count <= shape(x).count + 1 { extents.removeFirst() }
        guard extents.count <= shape(x).count else {
            throw node.unsupported("the constant \(quoted(operand.name)) of shape \(operand.shape) varies along the batch")
        }
        let name = try parameter(operand, form: extents == operand.shape ? "" : "per image", node) { tensor throws(ONNXError) in
            tensor.reshaped(to: extents)
        }
        return try append(.arithmeticWithParameter(operation, operand: name, side: side), to: [x], node)
    }

    /// Two constants combined, as in a chain that computes a shape.
    private mutating func combine(
        _ operation: Layer.Arithmetic, _ left: ONNXConstant, _ right: ONNXConstant, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        let rank = max(left.shape.count, right.shape.count)
        let first = Array(repeating: 1, count: rank - left.shape.count) + left.shape
        let second = Array(repeating: 1, count: rank - right.shape.count) + right.shape
        guard zip(first, second).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else {
            throw node.error("the shapes \(left.shape) and \(right.shape) cannot be broadcast to one another")
        }
        let shape = zip(first, second).map { $0 == 1 ? $1 : $0 }
        try spend(shape, node)
        let elements: ONNXConstant.Elements
        var errors: [Float]?
        let (left, right) = (left.broadcast(to: shape), right.broadcast(to: shape))
        switch (left.elements, right.elements) {
        case (.numbers(let a), .numbers(let b)):
            elements = .numbers(zip(a, b).map { operation($0, $1) })
            errors = a.indices.map {
                operation.error((a[$0], left.errors?[$0] ?? 0), (b[$0], right.errors?[$0] ?? 0))
            }
        case (.sizes(let a), .sizes(let b)):
            var sizes: [BatchSize] = []
            for (a, b) in zip(a, b) {
                guard let size = BatchSize.combine(operation, a, b) else {
                    throw node.unsupported("""
                        its integers overflow, divide by 0 or depend on the batch size in a way that cannot be \
                        folded
                        """)
                }
                sizes.append(size)
            }
            elements = .sizes(sizes)
        case (.numbers, .sizes), (.sizes, .numbers):
            throw node.error("it combines integers with floating-point numbers")
        }
        return ONNXConstant(name: node.outputs.first ?? node.name, shape: shape, elements: elements, errors: errors)
    }
}

extension ONNXConstant {
    fileprivate func broadcast(to target: [Int]) -> ONNXConstant {
        shape == target ? self : elements(at: Positions(of: shape).broadcast(to: target), name: name)
    }
}

extension Layer.Arithmetic {
    fileprivate func callAsFunction(_ left: Float, _ right: Float) -> Float {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        }
    }

    /// How far the result for two numbers, in single precision, may lie from that for the numbers they stand for, which lie
    /// within these errors of them.
    fileprivate func error(_ left: (value: Float, error: Float), _ right: (value: Float, error: Float)) -> Float {
        let (a, b) = (Double(left.value).magnitude, Double(right.value).magnitude)
        let (errorOfA, errorOfB) = (Double(left.error), Double(right.error))
        let inherited =
            switch self {
            case .add, .subtract: errorOfA + errorOfB
            case .multiply: a * errorOfB + b * errorOfA + errorOfA * errorOfB
            case .divide: b > errorOfB ? (errorOfA + a / b * errorOfB) / (b - errorOfB) : .infinity
            }
        return Float(roundingUp: inherited * (1 + 0x1p-40) + self(left.value, right.value).roundingError)
    }
}
