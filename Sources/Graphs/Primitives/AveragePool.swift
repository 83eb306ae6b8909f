import SuretyTensors

/// The mean of the elements in each position of a window over x [N, C, H, W], with or without counting
/// padding as elements. Linear; closed under differentiation with `AveragePoolAdjoint`.
package struct AveragePool: Primitive {
    package let window: Window
    package let countsPadding: Bool

    package var name: String { "average pool" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1 else { throw GraphError("\(name) needs one image") }
        return try countsPadding ? window.outputShape(image: inputs[0]) : window.outputShapeOfElements(image: inputs[0])
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(AveragePoolAdjoint(pool: self, image: output.inputs[0].shape), [cotangent])]
    }
}

/// Each cotangent [N, C, H′, W′] spread evenly over the elements that were averaged.
package struct AveragePoolAdjoint: Primitive {
    package let pool: AveragePool
    package let image: [Int]

    package var name: String { "adjoint of average pool" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, try pool.shape(of: [image]) == inputs[0] else {
            throw GraphError("\(name) to \(image) does not suit the shape \(inputs)")
        }
        return image
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { [try Node(pool, [cotangent])] }
}

extension Node {
    /// The mean in each position of `window` over this image [N, C, H, W].
    ///
    /// - Parameter countingPadding: Whether padding counts as zeros in the mean, or not at all.
    public func averagePool(_ window: Window, countingPadding: Bool = false) throws(GraphError) -> Node {
        try Node(AveragePool(window: window, countsPadding: countingPadding), [self])
    }
}
