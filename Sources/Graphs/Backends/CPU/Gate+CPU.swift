import SuretyTensors

extension Gate: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { operands, count in
            let (x, result) = (operands.floats(0), operands.result)
            for i in 0..<count { result[i] = self(x[i]) }
        }
    }
}
