import SuretyTensors

/// Nodes placed one after another along an axis.
package struct Concatenation: Primitive {
    package let axis: Int

    package var name: String { "concatenate" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard let first = inputs.first, first.indices.contains(axis) else {
            throw GraphError("concatenation along axis \(axis) does not suit the shapes \(inputs)")
        }
        func others(_ shape: [Int]) -> [Int] { shape.indices.filter { $0 != axis }.map { shape[$0] } }
        guard inputs.allSatisfy({ $0.count == first.count && others($0) == others(first) }) else {
            throw GraphError("shapes to be concatenated along axis \(axis) differ elsewhere: \(inputs)")
        }
        var shape = first
        shape[axis] = inputs.map { $0[axis] }.reduce(0, +)
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        var start = cotangent.shape.map { _ in 0 }
        var parts: [Node?] = []
        for input in output.inputs {
            var end = cotangent.shape
            end[axis] = start[axis] + input.shape[axis]
            parts.append(try cotangent.sliced(from: start, to: end))
            start[axis] = end[axis]
        }
        return parts
    }
}

extension Node {
    /// `nodes` placed one after another along `axis`.
    public static func concatenated(_ nodes: [Node], axis: Int) throws(GraphError) -> Node {
        try Node(Concatenation(axis: axis), nodes)
    }
}
