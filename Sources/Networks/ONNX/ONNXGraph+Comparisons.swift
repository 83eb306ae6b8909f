import SuretyTensors

/// Comparisons, and choices made by them. A truth value that depends on the image is the number 1 or 0.
extension ONNXGraph {
    /// 1 where the left value is larger.
    mutating func greater(_ node: ONNXNode, isExchanged: Bool = false, orEqual: Bool = false) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let values = (try value(node, 0), try value(node, 1))
        // a ≥ b is the contrary of b > a.
        let (left, right) = isExchanged != orEqual ? (values.1, values.0) : values
        let isGreater = try isPositive(arithmetic(.subtract, left, right, node), node)
        return orEqual ? try contrary(isGreater, node) : isGreater
    }

    /// 1 where a value is positive, and 0 elsewhere.
    mutating func isPositive(_ x: ONNXValue, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try apply(.relu, to: apply(.function(.sign), to: x, node: node), node: node)
    }

    private mutating func contrary(_ x: ONNXValue, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try arithmetic(.subtract, .constant(ONNXConstant(1)), x, node)
    }

    /// 1 for 0, and 0 for 1.
    mutating func not(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let x = try value(node, 0)
        guard case .constant(let constant) = x, case .sizes(let sizes) = constant.elements else { return try contrary(x, node) }
        return .constant(
            ONNXConstant(
                name: node.outputs.first ?? node.name, shape: constant.shape,
                elements: .sizes(sizes.map { BatchSize($0 == BatchSize(0) ? 1 : 0) })))
    }

    /// Whether constants are equal, as in chains that compute shapes.
    mutating func equal(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let (left, right) = try aligned(constant(node, 0), constant(node, 1), node)
        let isEqual: [Bool]
        switch (left.elements, right.elements) {
        case (.sizes(let a), .sizes(let b)):
            guard zip(a, b).allSatisfy({ $0.isComparable(with: $1) }) else {
                throw node.unsupported("whether they are equal depends on the batch size")
            }
            isEqual = zip(a, b).map { $0 == $1 }
        case (.numbers(let a), .numbers(let b)): isEqual = zip(a, b).map { $0 == $1 }
        case (.sizes, .numbers), (.numbers, .sizes): throw node.error("it compares integers with floating-point numbers")
        }
        return .constant(
            ONNXConstant(
                name: node.outputs.first ?? node.name, shape: left.shape,
                elements: .sizes(isEqual.map { BatchSize($0 ? 1 : 0) })))
    }

    /// The second value where the first is true, and the third elsewhere.
    mutating func choice(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 3...3)
        let (condition, first, second) = (try value(node, 0), try value(node, 1), try value(node, 2))
        if case .constant(let mask) = condition, case .sizes(let truths) = mask.elements {
            if case .constant(let a) = first, case .constant(let b) = second { return .constant(try chosen(mask, a, b, node)) }
            let numbers = truths.map { $0 == BatchSize(0) ? Float(0) : 1 }
            var weights = ONNXConstant(own: "mask \(mask.name)", shape: mask.shape, numbers: numbers)
            weights.isPerImage = mask.isPerImage
            return try blended(.constant(weights), first, second, node)
        }
        return try blended(condition, first, second, node)
    }

    /// weight·a + (1 − weight)·b, which is exact for weights of 0 and 1.
    private mutating func blended(
        _ weight: ONNXValue, _ a: ONNXValue, _ b: ONNXValue, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        for case .constant(let constant) in [a, b] {
            guard case .numbers(let numbers) = constant.elements, numbers.allSatisfy(\.isFinite) else {
                throw node.unsupported("it chooses from \(quoted(constant.name)), which holds integers, infinities or NaN")
            }
        }
        return try arithmetic(
            .add, arithmetic(.multiply, weight, a, node), arithmetic(.multiply, contrary(weight, node), b, node), node)
    }

    private mutating func chosen(
        _ mask: ONNXConstant, _ a: ONNXConstant, _ b: ONNXConstant, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        let (left, right) = try aligned(a, b, node)
        let (condition, first) = try aligned(mask, left, node)
        let (_, second) = try aligned(mask, right, node)
        guard case .sizes(let truths) = condition.elements, condition.shape == first.shape, first.shape == second.shape else {
            throw node.error("its inputs cannot be broadcast to one another")
        }
        let isFirst = truths.map { $0 != BatchSize(0) }
        let elements: ONNXConstant.Elements
        switch (first.elements, second.elements) {
        case (.numbers(let a), .numbers(let b)): elements = .numbers(isFirst.indices.map { isFirst[$0] ? a[$0] : b[$0] })
        case (.sizes(let a), .sizes(let b)): elements = .sizes(isFirst.indices.map { isFirst[$0] ? a[$0] : b[$0] })
        case (.numbers, .sizes), (.sizes, .numbers): throw node.error("it chooses from integers and floating-point numbers")
        }
        let errors = isFirst.indices.map { (isFirst[$0] ? first : second).errors?[$0] ?? 0 }
        return ONNXConstant(
            name: node.outputs.first ?? node.name, shape: first.shape, elements: elements,
            errors: errors.contains { $0 != 0 } ? errors : nil)
    }

    /// Two constants repeated to one shape.
    private mutating func aligned(
        _ a: ONNXConstant, _ b: ONNXConstant, _ node: ONNXNode
    ) throws(ONNXError) -> (ONNXConstant, ONNXConstant) {
        guard !a.isPerImage, !b.isPerImage else { throw node.unsupported("it compares constants that are repeated over the batch") }
        guard let shape = broadcastShape(a.shape, b.shape) else {
            throw node.error("the shapes \(a.shape) and \(b.shape) cannot be broadcast to one another")
        }
        try spend(shape, node)
        return (a.broadcast(to: shape), b.broadcast(to: shape))
    }
}

/// The shape to which two shapes are repeated, as NumPy does; `nil` if they do not match.
func broadcastShape(_ left: [Int], _ right: [Int]) -> [Int]? {
    let rank = max(left.count, right.count)
    let first = Array(repeating: 1, count: rank - left.count) + left
    let second = Array(repeating: 1, count: rank - right.count) + right
    guard zip(first, second).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return zip(first, second).map { $0 == 1 ? $1 : $0 }
}
