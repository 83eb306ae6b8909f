import COneDNN
import Tensors

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

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = window.extents(image: inputs[0].shape, output: output)
        return try OneDNNKernel("\(name) of \(inputs[0].shape)") {
            surety_dnn_pool(engine.handle, kind, extents, inputs[0].handle, &$0)
        }
    }

    fileprivate var kind: surety_dnn_pooling {
        countsPadding ? surety_dnn_average_with_padding : surety_dnn_average_without_padding
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

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = pool.window.extents(image: image, output: inputs[0].shape)
        return try OneDNNKernel("\(name) of \(image)") {
            surety_dnn_average_pool_backward(engine.handle, pool.kind, extents, &$0)
        }
    }
}

extension Node {
    /// The mean in each position of `window` over this image [N, C, H, W].
    ///
    /// - Parameter countingPadding: Whether padding counts as zeros in the mean, or not at all.
    public func averagePool(_ window: Window, countingPadding: Bool = false) throws(GraphError) -> Node {
        try Node(AveragePool(window: window, countsPadding: countingPadding), [self])
    }
}
