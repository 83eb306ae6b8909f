import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

extension MatrixProduct: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let matrices = (inputs.map(\.shape) + [output]).map { Array($0.suffix(2)) }
        let (left, right, result) = (matrices[0], matrices[1], matrices[2])
        let inner = transposesLeft ? left[0] : left[1]
        // One matrix after another: the bits of a product do not depend on how many there are.
        let count = output.dropLast(2).reduce(1, *)
        let sizes = matrices.map { $0.reduce(1, *) }
        // oneDNN's if a row's bits do not depend on the rows beside it; otherwise our own loops, because with OpenBLAS they
        // do depend.
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
        let product = surety_matrix_product(
            rows: Int64(result[0]), inner: Int64(inner), columns: Int64(result[1]),
            left: Self.strides(of: left, isTransposed: transposesLeft), right: Self.strides(of: right, isTransposed: transposesRight))
        return PlainKernel(inputs: inputs, output: output) { operands in
            for place in 0..<count {
                withUnsafePointer(to: product) {
                    surety_multiply_matrices(
                        $0, operands.floats(0) + place * sizes[0], operands.floats(1) + place * sizes[1],
                        operands.result + place * sizes[2])
                }
            }
        }
    }

    /// The strides of a matrix along its rows and columns, stored as `shape` and read transposed or not.
    private static func strides(of shape: [Int], isTransposed: Bool) -> (Int64, Int64) {
        isTransposed ? (1, Int64(shape[1])) : (Int64(shape[1]), 1)
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
