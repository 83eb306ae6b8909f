import SuretyTensors

extension Broadcast: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let input = inputs[0].shape
        let strides = zip(input, rowMajorStrides(of: input)).map { $0 == 1 ? 0 : $1 }
        return try copyKernel(
            input: inputs[0], output: output, extents: output,
            inputStrides: strides, outputStrides: rowMajorStrides(of: output))
    }
}
