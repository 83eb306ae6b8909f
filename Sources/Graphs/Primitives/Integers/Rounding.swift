import SuretyTensors

/// The nearest whole number, of two the even one, elementwise.
package struct Rounding: Primitive {
    package var name: String { "round" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    /// Taken for that of the identity, which it is on the whole: what attacks on such functions do (Athalye, Carlini and Wagner 2018,
    /// section 4.1).
    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { [cotangent] }
}

extension Node {
    /// The nearest whole number to each element, of two the even one.
    public func rounded() throws(GraphError) -> Node { try Node(Rounding(), [self]) }
}
