import SuretyTensors

/// The sum over some axes, which keep the extent 1; the adjoint of `Broadcast`.
package struct Sum: Primitive {
    package let axes: Set<Int>

    package var name: String { "sum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, axes.allSatisfy(inputs[0].indices.contains) else {
            throw GraphError("the shape \(inputs) lacks one of the axes \(axes.sorted())")
        }
        return inputs[0].indices.map { axes.contains($0) ? 1 : inputs[0][$0] }
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try cotangent.broadcast(to: output.inputs[0].shape)]
    }
}

extension Node {
    /// The sum over `axes`, which vanish unless their dimensions are kept with extent 1.
    public func sum(over axes: [Int], keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let sum = axes.isEmpty ? self : try Node(Sum(axes: Set(axes)), [self])
        if keepingDimensions { return sum }
        return try sum.reshaped(to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
    }

    /// The sum of all elements, a scalar.
    public func sum() throws(GraphError) -> Node { try sum(over: Array(shape.indices)) }

    /// The mean over `axes`, which vanish unless their dimensions are kept with extent 1.
    public func mean(over axes: [Int], keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let total = try sum(over: axes, keepingDimensions: keepingDimensions)
        let count = shape.elementCount / max(1, total.shape.elementCount)
        return try total * .constant(1 / Float(count))
    }
}
