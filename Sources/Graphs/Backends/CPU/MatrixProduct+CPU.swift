import CSuretyOneDNN
import CSuretyOpenBLAS
import SuretyTensors

extension MatrixProduct: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
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
