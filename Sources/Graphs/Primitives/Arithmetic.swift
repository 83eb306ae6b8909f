import SuretyTensors

/// Elementwise sum, difference, product or quotient of two nodes of one shape.
package enum Arithmetic: String, Primitive {
    case add, subtract, multiply, divide

    package var name: String { rawValue }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, inputs[0] == inputs[1] else {
            throw GraphError("\(name) needs two operands of one shape, not \(inputs)")
        }
        return inputs[0]
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let (left, right) = (output.inputs[0], output.inputs[1])
        switch self {
        case .add: return [cotangent, cotangent]
        case .subtract: return [cotangent, try cotangent * .constant(-1)]
        case .multiply: return [try cotangent * right, try cotangent * left]
        case .divide: return [try cotangent / right, try cotangent * output / right * .constant(-1)]
        }
    }
}

extension Node {
    /// Elementwise sum; shapes are matched as NumPy does, by repeating along axes of extent 1.
    public static func + (left: Node, right: Node) throws(GraphError) -> Node { try combine(.add, left, right) }

    /// Elementwise difference, with NumPy's broadcasting.
    public static func - (left: Node, right: Node) throws(GraphError) -> Node { try combine(.subtract, left, right) }

    /// Elementwise product, with NumPy's broadcasting.
    public static func * (left: Node, right: Node) throws(GraphError) -> Node { try combine(.multiply, left, right) }

    /// Elementwise quotient, with NumPy's broadcasting.
    public static func / (left: Node, right: Node) throws(GraphError) -> Node { try combine(.divide, left, right) }

    private static func combine(_ arithmetic: Arithmetic, _ left: Node, _ right: Node) throws(GraphError) -> Node {
        let shape = try broadcastShape(left.shape, right.shape)
        return try Node(arithmetic, [try left.broadcast(to: shape), try right.broadcast(to: shape)])
    }

    /// The shape both can be repeated to: aligned at the last axis, extents equal or 1.
    private static func broadcastShape(_ left: [Int], _ right: [Int]) throws(GraphError) -> [Int] {
        let rank = max(left.count, right.count)
        let first = Array(repeating: 1, count: rank - left.count) + left
        let second = Array(repeating: 1, count: rank - right.count) + right
        var shape: [Int] = []
        for (a, b) in zip(first, second) {
            guard a == b || a == 1 || b == 1 else {
                throw GraphError("the shapes \(left) and \(right) cannot be broadcast to one another")
            }
            shape.append(a == 1 ? b : a)
        }
        return shape
    }
}
