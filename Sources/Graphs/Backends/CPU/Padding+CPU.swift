import SuretyTensors

extension Padding: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let strides = rowMajorStrides(of: output)
        return try copyKernel(
            input: inputs[0], output: output, extents: inputs[0].shape,
            inputStrides: rowMajorStrides(of: inputs[0].shape), outputStrides: zip(strides, spacing).map { $0 * $1 },
            outputOffset: zip(strides, before).map { $0 * $1 }.reduce(0, +), clearing: true)
    }
}
