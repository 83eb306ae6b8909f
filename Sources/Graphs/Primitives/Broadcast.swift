import SuretyTensors

/// Repetition along axes of extent 1; the adjoint of `Sum`.
package struct Broadcast: Primitive {
    package let target: [Int]

    package var name: String { "broadcast" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, inputs[0].count == target.count,
            zip(inputs[0], target).allSatisfy({ $0 == $1 || $0 == 1 })
        else { throw GraphError("\(inputs) cannot be broadcast to \(target)") }
        return target
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let input = output.inputs[0].shape
        let axes = target.indices.filter { input[$0] != target[$0] }
        return [try cotangent.sum(over: axes, keepingDimensions: true)]
    }
}

extension Node {
    /// This node repeated to `shape`: aligned at the last axis, missing axes added in front, axes of
    /// extent 1 repeated.
    ///
    /// - Throws: `GraphError` when an extent differs and is not 1.
    public func broadcast(to target: [Int]) throws(GraphError) -> Node {
        if shape == target { return self }
        guard shape.count <= target.count else { throw GraphError("\(shape) cannot be broadcast to \(target)") }
        let padded = Array(repeating: 1, count: target.count - shape.count) + shape
        let aligned = try reshaped(to: padded)
        return padded == target ? aligned : try Node(Broadcast(target: target), [aligned])
    }
}
