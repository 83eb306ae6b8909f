import SuretyTensors

/// The product of two matrices, either of which may be read transposed. It is taken over the last two axes, for each index of
/// the axes before them, which both operands share.
package struct MatrixProduct: Primitive {
    package let transposesLeft: Bool
    package let transposesRight: Bool

    package var name: String { "matrix product" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, inputs.allSatisfy({ $0.count >= 2 }), inputs[0].dropLast(2) == inputs[1].dropLast(2) else {
            throw GraphError("a matrix product needs matrices, with the same axes before them, not \(inputs)")
        }
        let (rows, inner) = dimensions(of: inputs[0], transposed: transposesLeft)
        let (rightInner, columns) = dimensions(of: inputs[1], transposed: transposesRight)
        guard inner == rightInner else {
            throw GraphError("matrices of \(rows)×\(inner) and \(rightInner)×\(columns) cannot be multiplied")
        }
        return inputs[0].dropLast(2) + [rows, columns]
    }

    private func dimensions(of matrix: [Int], transposed: Bool) -> (rows: Int, columns: Int) {
        let (rows, columns) = (matrix[matrix.count - 2], matrix[matrix.count - 1])
        return transposed ? (columns, rows) : (rows, columns)
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let (left, right) = (output.inputs[0], output.inputs[1])
        let forLeft =
            transposesLeft
            ? try right.product(cotangent, transposingLeft: transposesRight, transposingRight: true)
            : try cotangent.product(right, transposingRight: !transposesRight)
        let forRight =
            transposesRight
            ? try cotangent.product(left, transposingLeft: true, transposingRight: transposesLeft)
            : try left.product(cotangent, transposingLeft: !transposesLeft)
        return [forLeft, forRight]
    }
}

extension Node {
    /// The matrix product with `other`, [..., rows, inner] and [..., inner, columns]; each matrix may be read transposed.
    public func product(
        _ other: Node, transposingLeft: Bool = false, transposingRight: Bool = false
    ) throws(GraphError) -> Node {
        try Node(MatrixProduct(transposesLeft: transposingLeft, transposesRight: transposingRight), [self, other])
    }
}
