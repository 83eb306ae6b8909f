import CKernels
import Tensors

/// Each element limited to an interval.
package struct Clip: Primitive {
    package let low: Float
    package let high: Float

    package var name: String { "clip" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ClipGradient(low: low, high: high), [cotangent, output.inputs[0]])]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let keepsZero = low <= 0 && high >= 0
        return ElementwiseKernel(inputs, output: output, keepsZero: keepsZero) { [low, high] operands, count in
            surety_clip(operands.floats(0), low, high, operands.result, count)
        }
    }
}

/// A cotangent passed where the clipped argument lies in the interval, and 0 elsewhere.
package struct ClipGradient: Primitive {
    package let low: Float
    package let high: Float

    package var name: String { "gradient of clip" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 2) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(self, [cotangent, output.inputs[1]]), nil]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { [low, high] operands, count in
            surety_clip_gradient(operands.floats(0), operands.floats(1), low, high, operands.result, count)
        }
    }
}

extension Node {
    /// Each element limited to `bounds`.
    public func clipped(to bounds: ClosedRange<Float>) throws(GraphError) -> Node {
        try Node(Clip(low: bounds.lowerBound, high: bounds.upperBound), [self])
    }
}
