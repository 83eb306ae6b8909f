import CSuretyOneDNN
import CSuretyOpenBLAS
import SuretyTensors

extension MatrixProduct: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let matrices = (inputs.map(\.shape) + [output]).map { Array($0.suffix(2)) }
        let (left, right, result) = (matrices[0], matrices[1], matrices[2])
        let inner = transposesLeft ? left[0] : left[1]
        guard matrices.joined().allSatisfy({ $0 <= Int(Int32.max) }) else {
            throw GraphError("a matrix product of \(left) and \(right) is too large for OpenBLAS")
        }
        // One matrix after another: the bits of a product do not depend on how many there are.
        let count = output.dropLast(2).reduce(1, *)
        let sizes = matrices.map { $0.reduce(1, *) }
        // oneDNN's, where it has a fast one: OpenBLAS may be older than the processor, and not know its widest registers.
        var handle: OpaquePointer?
        if output.elementCount * inner > 0,
            surety_dnn_matrix_product(
                engine.handle, Int64(result[0]), Int64(inner), Int64(result[1]), transposesLeft, transposesRight, &handle) == 0,
            let handle
        {
            let kernel = try OneDNNKernel(adopting: handle)
            if output.count == 2 { return kernel }
            return KernelPerMatrix(
                kernel: kernel, count: count, sizes: sizes, inputLayouts: inputs.map { Layout(plain: $0.shape) },
                outputLayout: Layout(plain: output))
        }
        return PlainKernel(inputs: inputs, output: output) { [transposesLeft, transposesRight] operands in
            for place in 0..<count {
                cblas_sgemm(
                    CblasRowMajor, transposesLeft ? CblasTrans : CblasNoTrans, transposesRight ? CblasTrans : CblasNoTrans,
                    Int32(result[0]), Int32(result[1]), Int32(inner), 1, operands.floats(0) + place * sizes[0],
                    Int32(max(1, left[1])), operands.floats(1) + place * sizes[1], Int32(max(1, right[1])), 0,
                    operands.result + place * sizes[2], Int32(max(1, result[1])))
            }
        }
    }
}

/// The kernel of one matrix product, for many that lie one after another.
private struct KernelPerMatrix: Kernel {
    let kernel: OneDNNKernel
    let count: Int
    /// The elements of each operand's matrix, and of the result's.
    let sizes: [Int]
    let inputLayouts: [Layout]
    let outputLayout: Layout
    var workspaceBytes: Int { kernel.workspaceBytes }

    func bind(_ operands: Operands) throws(GraphError) -> Step {
        let stride = MemoryLayout<Float>.stride
        var steps: [Step] = []
        for place in 0..<count {
            steps.append(
                try kernel.bind(
                    Operands(
                        inputs: operands.inputs.indices.map { operands.inputs[$0] + place * sizes[$0] * stride },
                        output: operands.output + place * sizes[2] * stride, workspace: operands.workspace)))
        }
        return { [steps] in for step in steps { step() } }
    }
}
