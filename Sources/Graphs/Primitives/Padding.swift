import SuretyTensors

/// Zeros before and after the elements of each axis, and `spacing` − 1 zeros between them; the
/// adjoint of `Slice`.
package struct Padding: Primitive {
    package let before: [Int]
    package let after: [Int]
    package let spacing: [Int]

    package var name: String { "pad" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        let rank = inputs.first?.count ?? 0
        guard inputs.count == 1, before.count == rank, after.count == rank, spacing.count == rank,
            (before + after).allSatisfy({ $0 >= 0 }), spacing.allSatisfy({ $0 > 0 }), inputs[0].allSatisfy({ $0 > 0 })
        else { throw GraphError("the padding \(before), \(after) does not fit the shape \(inputs)") }
        return (0..<rank).map { before[$0] + (inputs[0][$0] - 1) * spacing[$0] + 1 + after[$0] }
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let end = cotangent.shape.indices.map { cotangent.shape[$0] - after[$0] }
        return [try cotangent.sliced(from: before, to: end, by: spacing)]
    }
}

extension Node {
    /// `value` added around the elements, as often before and after them on each axis as these say.
    public func padded(before: [Int], after: [Int], with value: Float = 0) throws(GraphError) -> Node {
        if (before + after).allSatisfy({ $0 == 0 }) && before.count == shape.count { return self }
        let padding = Padding(before: before, after: after, spacing: before.map { _ in 1 })
        let padded = try Node(padding, [self])
        guard value != 0 else { return padded }
        // Exact: a zero is added inside, and the value is added to zeros outside. An unpadded operand is repeated, not stored.
        let extents = shape.indices.map { before[$0] + after[$0] == 0 ? 1 : shape[$0] }
        let inside = try Node(padding, [try Node.constant(1).broadcast(to: extents)])
        return try padded + (.constant(1) - inside) * .constant(value)
    }
}
