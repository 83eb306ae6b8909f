import SuretyTensors

/// The elements at some places along an axis, in that order; a place may occur more than once.
package struct Selection: Primitive {
    package let axis: Int
    package let places: [Int]

    package var name: String { "selection" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, inputs[0].indices.contains(axis), !places.isEmpty,
            places.allSatisfy({ 0..<inputs[0][axis] ~= $0 })
        else { throw GraphError("the places \(places.prefix(10)) along axis \(axis) do not fit the shape \(inputs)") }
        var shape = inputs[0]
        shape[axis] = places.count
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(SelectionAdjoint(selection: self, extent: output.inputs[0].shape[axis]), [cotangent])]
    }
}

/// The sums of the elements that a selection takes from each place; its adjoint.
package struct SelectionAdjoint: Primitive {
    package let selection: Selection
    /// How many places there are.
    package let extent: Int

    package var name: String { "adjoint of selection" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        let axis = selection.axis
        guard inputs.count == 1, inputs[0].indices.contains(axis), inputs[0][axis] == selection.places.count,
            selection.places.allSatisfy({ 0..<extent ~= $0 })
        else { throw GraphError("\(name) of \(extent) places along axis \(axis) does not fit the shape \(inputs)") }
        var shape = inputs[0]
        shape[axis] = extent
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(selection, [cotangent])]
    }
}

extension Node {
    /// The elements at `places` along `axis`, in that order; a place may occur more than once.
    public func selecting(_ places: [Int], axis: Int) throws(GraphError) -> Node {
        try Node(Selection(axis: axis, places: places), [self])
    }
}
