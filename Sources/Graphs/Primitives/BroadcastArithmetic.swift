import SuretyTensors

/// Arithmetic whose right operand is repeated along its axes of extent 1 while it is read. Made by
/// fusion from `Arithmetic` and `Broadcast`, after differentiation.
package struct BroadcastArithmetic: Primitive {
    package let arithmetic: Arithmetic

    package var name: String { arithmetic.name }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2 else { throw GraphError("\(name) needs two operands") }
        let shape = try Broadcast(target: inputs[0]).shape(of: [inputs[1]])
        guard Repetition(of: inputs[1], in: shape) != nil else {
            throw GraphError("\(name) cannot repeat \(inputs[1]) to \(shape) while reading: an axis between others is repeated")
        }
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a fused operation cannot be differentiated: differentiate before compiling")
    }
}

/// How an operand is repeated whose axes of extent 1 lie outside and inside the others: `outer` times as a whole, and each
/// element `inner` times.
struct Repetition {
    let outer: Int
    let middle: Int
    let inner: Int

    /// `nil` when an axis is repeated between two that are not.
    init?(of right: [Int], in left: [Int]) {
        let own = right.indices.filter { right[$0] != 1 }
        let range = (own.first ?? left.count)..<(own.last.map { $0 + 1 } ?? left.count)
        guard range.allSatisfy({ right[$0] == left[$0] }) else { return nil }
        outer = Array(left[..<range.lowerBound]).elementCount
        middle = Array(left[range]).elementCount
        inner = Array(left[range.upperBound...]).elementCount
    }
}
