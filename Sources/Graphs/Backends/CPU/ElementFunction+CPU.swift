import SuretyTensors

extension ElementFunction: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let keepsZero = self == .squareRoot || self == .tanh
        return ElementwiseKernel(inputs, output: output, keepsZero: keepsZero) { operands, count in
            let (x, result) = (operands.floats(0), operands.result)
            for i in 0..<count { result[i] = self(x[i]) }
        }
    }
}
