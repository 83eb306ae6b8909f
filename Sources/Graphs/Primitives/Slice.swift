import SuretyTensors

/// The elements from `start` to before `end`, every `step`-th, on each axis; the adjoint of `Padding`.
package struct Slice: Primitive {
    package let start: [Int]
    package let end: [Int]
    package let step: [Int]

    package var name: String { "slice" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        let rank = inputs.first?.count ?? 0
        guard inputs.count == 1, start.count == rank, end.count == rank, step.count == rank,
            (0..<rank).allSatisfy({ 0 <= start[$0] && start[$0] < end[$0] && end[$0] <= inputs[0][$0] && step[$0] > 0 })
        else { throw GraphError("the slice from \(start) to \(end) by \(step) does not fit the shape \(inputs)") }
        return (0..<rank).map { (end[$0] - start[$0] + step[$0] - 1) / step[$0] }
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let input = output.inputs[0].shape
        let after = input.indices.map { input[$0] - start[$0] - (cotangent.shape[$0] - 1) * step[$0] - 1 }
        return [try Node(Padding(before: start, after: after, spacing: step), [cotangent])]
    }
}

extension Node {
    /// The elements from `start` to before `end`, every `step`-th, on each axis.
    public func sliced(from start: [Int], to end: [Int], by step: [Int]? = nil) throws(GraphError) -> Node {
        try Node(Slice(start: start, end: end, step: step ?? start.map { _ in 1 }), [self])
    }
}
