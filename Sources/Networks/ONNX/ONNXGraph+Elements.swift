import SuretyTensors

/// Operators that combine elements, limit them, or make them sum to 1.
extension ONNXGraph {
    /// Bounds are attributes before opset 11, and inputs since then.
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
        let x = try value(node, 0)
        let (low, high) = (bounds.low ?? -.infinity, bounds.high ?? .infinity)
        guard low <= high else { throw node.error("its lower bound \(low) is above its upper bound \(high)") }
        return try apply(.clip(low...high), to: x, node: node)
    }

    /// Softmax or LogSoftmax: since opset 13 along one axis, by default the last; before that along all axes from one on, by
    /// default the first after the batch.
    mutating func softmax(_ node: ONNXNode, layer: (_ axis: Int) -> Layer) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "axis")
        let x = try arrangedVertex(node)
        let shape = shape(x)
        let stated = try axis(node.integer("axis") ?? (node.opset < 13 ? 1 : -1), rank: fileRank(of: x), node)
        let axis = try vertexAxis(stated, of: x, node, "a softmax along the batch mixes images")
        if node.opset >= 13 || axis == shape.count - 1 {
            let result = try append(layer(axis), to: [x], node)
            place(result, at: batchPlace(of: x))
            return .vertex(result)
        }
        guard batchPlace(of: x) == .first else { throw node.unsupported("the batch is not the first axis of its input") }
        let rows = try append(.reshape(to: shape[..<axis] + [Array(shape[axis...]).elementCount]), to: [x], node)
        let result = try append(layer(axis), to: [rows], node)
        return .vertex(try append(.reshape(to: shape), to: [result], node))
    }

    /// Add, Sub, Mul or Div.
    mutating func arithmetic(_ operation: Layer.Arithmetic, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        return try arithmetic(operation, value(node, 0), value(node, 1), node)
    }

    /// Two values combined elementwise, with NumPy's broadcasting.
    mutating func arithmetic(
        _ operation: Layer.Arithmetic, _ left: ONNXValue, _ right: ONNXValue, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        switch (left, right) {
        case (.vertex(let first), .vertex(let second)):
            let (left, right) = try alike(first, second, node)
            // With fewer axes, one operand would be aligned at the last axis, with its batch beside another axis.
            guard fileRank(of: left) == fileRank(of: right), batchPlace(of: left) == batchPlace(of: right) else {
                throw node.unsupported("""
                    it combines values of the shapes \(shape(left)) and \(shape(right)) per image, which would mix the batch
                    """)
            }
            if operation == .multiply, let activation = try activation(of: left, times: right, node) { return activation }
            return .vertex(try append(.arithmetic(operation), to: [left, right], node))
        case (.vertex(let x), .constant(let operand)):
            if operation == .divide, case .numbers(let numbers) = operand.elements, numbers.contains(0) {
                throw node.error("it divides by \(quoted(operand.name)), which contains 0")
            }
            if let unit = linearUnit(halving: x, operation, operand) { return .vertex(unit) }
            return .vertex(try combine(operation, x, operand, .right, node))
        case (.constant(let operand), .vertex(let x)):
            if operation == .multiply, let unit = linearUnit(halving: x, operation, operand) { return .vertex(unit) }
            return .vertex(try combine(operation, x, operand, .left, node))
        case (.constant(let left), .constant(let right)):
            return .constant(try combine(operation, left, right, node))
        }
    }

    /// A value combined with a number.
    mutating func arithmetic(
        _ operation: Layer.Arithmetic, _ left: ONNXValue, _ number: Float, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        try arithmetic(operation, left, .constant(ONNXConstant(number)), node)
    }

    private mutating func combine(
        _ operation: Layer.Arithmetic, _ x: Int, _ operand: ONNXConstant, _ side: Layer.Side, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        var extents = operand.shape
        let axes = fileAxes(of: x)
        let varying = node.unsupported("the constant \(quoted(operand.name)) of shape \(operand.shape) varies along the batch")
        guard extents.count <= axes.count, !operand.isPerImage || extents.count == axes.count else { throw varying }
        if let batch = axes.firstIndex(where: { $0.batchAfter != nil }) {
            // Its batch axis, of extent 1, becomes one axis for each that is merged with the batch.
            let place = batch - (axes.count - extents.count)
            if place >= 0 {
                guard extents[place] == 1 else { throw varying }
                extents.replaceSubrange(place...place, with: axes[batch].extents.map { _ in 1 })
            }
        }
        let name = try parameter(operand, form: extents == operand.shape ? "" : "as \(extents)", node) { tensor throws(ONNXError) in
            tensor.reshaped(to: extents)
        }
        return try append(.arithmeticWithParameter(operation, operand: name, side: side), to: [x], node)
    }

    /// Two constants combined, as in a chain that computes a shape.
    private mutating func combine(
        _ operation: Layer.Arithmetic, _ left: ONNXConstant, _ right: ONNXConstant, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        guard !(left.isPerImage || right.isPerImage) || left.shape.count == right.shape.count else {
            throw node.unsupported("it combines constants, one of which is repeated over the batch, that differ in their axes")
        }
        guard let shape = broadcastShape(left.shape, right.shape) else {
            throw node.error("the shapes \(left.shape) and \(right.shape) cannot be broadcast to one another")
        }
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
        var result = ONNXConstant(name: node.outputs.first ?? node.name, shape: shape, elements: elements, errors: errors)
        result.isPerImage = left.isPerImage || right.isPerImage
        return result
    }
}

extension ONNXConstant {
    /// Repeated as NumPy broadcasts.
    func broadcast(to target: [Int]) -> ONNXConstant {
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
