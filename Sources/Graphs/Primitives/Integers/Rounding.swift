import SuretyTensors

/// The nearest whole number, with ties to even, elementwise.
package struct Rounding: Primitive {
    package var name: String { "round" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    /// Taken as the derivative of the identity, which rounding resembles on the whole; attacks on such functions do this
    /// (Athalye, Carlini and Wagner 2018, section 4.1).
    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { [cotangent] }
}

extension Node {
    /// The nearest whole number to each element, with ties to even.
    public func rounded() throws(GraphError) -> Node { try Node(Rounding(), [self]) }
}
