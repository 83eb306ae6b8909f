import SuretyTensors

extension Reshape: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        AliasKernel(shape: output)
    }
}

extension Detached: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        AliasKernel(shape: output)
    }
}
