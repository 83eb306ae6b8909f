import SuretyTensors

/// x where x > 0 and slope·x elsewhere: the rectified linear unit, leaky when the slope is not 0.
package struct Rectifier: Primitive {
    package let slope: Float

    package var name: String { slope == 0 ? "relu" : "leaky relu" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        // The result is positive exactly where the argument is, so the argument need not be kept: a layer can be fused with
        // its rectifier.
        [try Node(RectifierGradient(slope: slope), [cotangent, slope < 0 ? output.inputs[0] : output])]
    }
}

/// The cotangent where the rectifier's argument is positive, and the cotangent times the slope elsewhere.
/// Linear in the cotangent; its derivative by the argument is zero almost everywhere.
package struct RectifierGradient: Primitive {
    package let slope: Float

    package var name: String { "gradient of relu" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 2) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(self, [cotangent, output.inputs[1]]), nil]
    }
}

extension Primitive {
    /// The shape of an operation with one operand that keeps it.
    func onlyShape(_ inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 1) }

    /// The one shape of `count` operands.
    func commonShape(_ inputs: [[Int]], count: Int) throws(GraphError) -> [Int] {
        guard inputs.count == count, let shape = inputs.first, inputs.allSatisfy({ $0 == shape }) else {
            throw GraphError("\(name) needs \(count) operands of one shape, not \(inputs)")
        }
        return shape
    }
}

extension Node {
    /// max(x, 0), elementwise.
    public func relu() throws(GraphError) -> Node { try Node(Rectifier(slope: 0), [self]) }

    /// x where positive and slope·x elsewhere.
    public func leakyRelu(slope: Float) throws(GraphError) -> Node { try Node(Rectifier(slope: slope), [self]) }
}
