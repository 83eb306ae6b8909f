import CSuretyKernels
import SuretyTensors

extension Rounding: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { operands, count in
            surety_round(operands.floats(0), operands.result, count)
        }
    }
}
