import SuretyTensors

/// A function from codes to codes, as a table of its 256 values.
package struct CodeTable: Primitive {
    package let values: [UInt8]

    package var name: String { "table" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard values.count == 256 else { throw GraphError("a table of codes has 256 values, not \(values.count)") }
        return try onlyShape(inputs)
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { throw noDerivative }
}

extension Node {
    /// For each code, the value at its place in a table of 256.
    public func lookedUp(in table: [UInt8]) throws(GraphError) -> Node { try Node(CodeTable(values: table), [self]) }
}
