import SuretyTensors

/// The axes in another order: axis i of the result is axis `permutation[i]` of the input.
package struct Transpose: Primitive {
    package let permutation: [Int]

    package var name: String { "transpose" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, permutation.sorted() == Array(inputs[0].indices) else {
            throw GraphError("\(permutation) is not an order of the axes of \(inputs)")
        }
        return permutation.map { inputs[0][$0] }
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let inverse = permutation.indices.sorted { permutation[$0] < permutation[$1] }
        return [try cotangent.transposed(inverse)]
    }
}

extension Node {
    /// The axes in another order: axis i of the result is axis `permutation[i]` of this node.
    public func transposed(_ permutation: [Int]) throws(GraphError) -> Node {
        permutation == Array(shape.indices) ? self : try Node(Transpose(permutation: permutation), [self])
    }
}
