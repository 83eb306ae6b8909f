import SuretyTensors

/// eˣ divided by the sum of eˣ along an axis, computed from differences to the maximum.
package struct Softmax: Primitive {
    package let axis: Int

    package var name: String { "softmax" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try axisShape(inputs, axis: axis) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let mean = try (cotangent * output).sum(over: [axis], keepingDimensions: true)
        return [try output * (cotangent - mean)]
    }
}

/// log Σ eˣ along an axis, which keeps the extent 1, computed from differences to the maximum.
package struct LogSumExp: Primitive {
    package let axis: Int

    package var name: String { "logsumexp" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        var shape = try axisShape(inputs, axis: axis)
        shape[axis] = 1
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try cotangent * output.inputs[0].softmax(axis: axis)]
    }
}

extension Primitive {
    fileprivate func axisShape(_ inputs: [[Int]], axis: Int) throws(GraphError) -> [Int] {
        guard inputs.count == 1, inputs[0].indices.contains(axis), inputs[0][axis] > 0 else {
            throw GraphError("\(name) along axis \(axis) does not suit the shape \(inputs)")
        }
        return inputs[0]
    }
}

extension Node {
    /// eˣ divided by the sum of eˣ along `axis`.
    public func softmax(axis: Int) throws(GraphError) -> Node { try Node(Softmax(axis: axis), [self]) }

    /// log Σ eˣ along `axis`, which vanishes unless its dimension is kept with extent 1.
    public func logSumExp(axis: Int, keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let sum = try Node(LogSumExp(axis: axis), [self])
        if keepingDimensions { return sum }
        return try sum.reshaped(to: shape.indices.filter { $0 != axis }.map { shape[$0] })
    }
}
