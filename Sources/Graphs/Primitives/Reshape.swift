import SuretyTensors

/// The same elements in row-major order under another shape.
package struct Reshape: Primitive {
    package let target: [Int]

    package var name: String { "reshape" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, inputs[0].elementCount == target.elementCount, target.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("\(inputs) cannot be reshaped to \(target)")
        }
        return target
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try cotangent.reshaped(to: output.inputs[0].shape)]
    }
}

/// The same values, treated as constant for derivatives.
package struct Detached: Primitive {
    package var name: String { "detach" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) -> [Node?] { [nil] }
}

extension Node {
    /// The same elements in row-major order under another shape of equal element count.
    public func reshaped(to target: [Int]) throws(GraphError) -> Node {
        shape == target ? self : try Node(Reshape(target: target), [self])
    }

    /// The same values as a constant for differentiation.
    public func detached() throws(GraphError) -> Node { try Node(Detached(), [self]) }
}
