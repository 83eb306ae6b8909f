import SuretyTensors

extension Slice: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let strides = rowMajorStrides(of: inputs[0].shape)
        return try copyKernel(
            input: inputs[0], output: output, extents: output,
            inputStrides: zip(strides, step).map { $0 * $1 }, outputStrides: rowMajorStrides(of: output),
            inputOffset: zip(strides, start).map { $0 * $1 }.reduce(0, +))
    }
}
