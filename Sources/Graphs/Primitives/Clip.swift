import SuretyTensors

/// Each element limited to an interval.
package struct Clip: Primitive {
    package let low: Float
    package let high: Float

    package var name: String { "clip" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ClipGradient(low: low, high: high), [cotangent, output.inputs[0]])]
    }
}

/// The cotangent where the clipped argument lies in the interval, and 0 elsewhere.
package struct ClipGradient: Primitive {
    package let low: Float
    package let high: Float

    package var name: String { "gradient of clip" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 2) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(self, [cotangent, output.inputs[1]]), nil]
    }
}

extension Node {
    /// Each element limited to `bounds`.
    public func clipped(to bounds: ClosedRange<Float>) throws(GraphError) -> Node {
        try Node(Clip(low: bounds.lowerBound, high: bounds.upperBound), [self])
    }
}
