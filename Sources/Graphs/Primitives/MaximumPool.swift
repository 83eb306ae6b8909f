import SuretyTensors

/// The largest element in each position of a window over x [N, C, H, W]. Padding never wins.
package struct MaximumPool: Primitive {
    package let window: Window

    package var name: String { "maximum pool" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1 else { throw GraphError("\(name) needs one image") }
        return try window.outputShapeOfElements(image: inputs[0])
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ScatterToMaximum(window: window), [cotangent, output.inputs[0]])]
    }
}

/// Each cotangent [N, C, H′, W′] added where x [N, C, H, W] has the maximum of its window (the first of
/// several). Linear in the cotangent; its derivative by x is zero almost everywhere.
package struct ScatterToMaximum: Primitive {
    package let window: Window

    package var name: String { "scatter to maximum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, try window.outputShapeOfElements(image: inputs[1]) == inputs[0] else {
            throw GraphError("\(name) does not suit the shapes \(inputs)")
        }
        return inputs[1]
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(PickAtMaximum(window: window), [cotangent, output.inputs[1]]), nil]
    }
}

/// The elements of v [N, C, H, W] found where x, of the same shape, has the maxima of its windows.
package struct PickAtMaximum: Primitive {
    package let window: Window

    package init(window: Window) { self.window = window }

    package var name: String { "pick at maximum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        try window.outputShapeOfElements(image: try commonShape(inputs, count: 2))
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ScatterToMaximum(window: window), [cotangent, output.inputs[1]]), nil]
    }
}

extension Node {
    /// The largest element in each position of `window` over this image [N, C, H, W].
    public func maximumPool(_ window: Window) throws(GraphError) -> Node { try Node(MaximumPool(window: window), [self]) }
}
