import SuretyTensors

extension Transpose: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let strides = rowMajorStrides(of: inputs[0].shape)
        return try copyKernel(
            input: inputs[0], output: output, extents: output,
            inputStrides: permutation.map { strides[$0] }, outputStrides: rowMajorStrides(of: output))
    }
}
