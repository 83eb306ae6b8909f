
/// Stands for an elementwise layer y of x that lies between two linear functions, lowerSlope·x + … ≤ y ≤ upperSlope·x + …,
/// in a graph whose derivative is a linear bound (Zhang et al. 2018, CROWN). Inputs x, the lower and the upper slopes.
///
/// Its pullback turns the coefficients of y in a linear lower bound into those of x: a positive coefficient needs y from
/// below, a negative one from above. With it, `gradient(of:with:)` is the backward pass of the bound. The intercepts are
/// the caller's to add. The value itself is never computed.
package struct LinearRelaxation: Primitive {
    package init() {}

    package var name: String { "linear relaxation" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 3) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(RelaxedCoefficients(), [cotangent, output.inputs[1], output.inputs[2]]), nil, nil]
    }
}

/// Each coefficient times the lower slope where it is positive, and the upper slope elsewhere.
package struct RelaxedCoefficients: Primitive {
    package var name: String { "relaxed coefficients" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try commonShape(inputs, count: 3) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a linear bound is not differentiated again")
    }
}
