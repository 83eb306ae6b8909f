import COneDNN
import COpenBLAS
import Tensors

/// The product of two matrices, either of which may be read transposed.
package struct MatrixProduct: Primitive {
    package let transposesLeft: Bool
    package let transposesRight: Bool

    package var name: String { "matrix product" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, inputs.allSatisfy({ $0.count == 2 }) else {
            throw GraphError("a matrix product needs two matrices, not \(inputs)")
        }
        let (rows, inner) = dimensions(of: inputs[0], transposed: transposesLeft)
        let (rightInner, columns) = dimensions(of: inputs[1], transposed: transposesRight)
        guard inner == rightInner else {
            throw GraphError("matrices of \(rows)×\(inner) and \(rightInner)×\(columns) cannot be multiplied")
        }
        return [rows, columns]
    }

    private func dimensions(of matrix: [Int], transposed: Bool) -> (rows: Int, columns: Int) {
        transposed ? (matrix[1], matrix[0]) : (matrix[0], matrix[1])
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

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let (left, right) = (inputs[0].shape, inputs[1].shape)
        let inner = transposesLeft ? left[0] : left[1]
        guard (left + right + output).allSatisfy({ $0 <= Int(Int32.max) }) else {
            throw GraphError("a matrix product of \(left) and \(right) is too large for OpenBLAS")
        }
        // oneDNN's, where it has a fast one: OpenBLAS may be older than the processor, and not know its widest registers.
        var handle: OpaquePointer?
        if output.elementCount * inner > 0,
            surety_dnn_matrix_product(
                engine.handle, Int64(output[0]), Int64(inner), Int64(output[1]), transposesLeft, transposesRight, &handle) == 0,
            let handle
        {
            return try OneDNNKernel(adopting: handle)
        }
        return PlainKernel(inputs: inputs, output: output) { [transposesLeft, transposesRight] operands in
            cblas_sgemm(
                CblasRowMajor, transposesLeft ? CblasTrans : CblasNoTrans, transposesRight ? CblasTrans : CblasNoTrans,
                Int32(output[0]), Int32(output[1]), Int32(inner), 1, operands.floats(0), Int32(max(1, left[1])),
                operands.floats(1), Int32(max(1, right[1])), 0, operands.result, Int32(max(1, output[1])))
        }
    }
}

extension Node {
    /// The matrix product with `other`; each matrix may be read transposed.
    public func product(
        _ other: Node, transposingLeft: Bool = false, transposingRight: Bool = false
    ) throws(GraphError) -> Node {
        try Node(MatrixProduct(transposesLeft: transposingLeft, transposesRight: transposingRight), [self, other])
    }
}
