import CSuretyKernels
import SuretyTensors

extension Rectifier: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { [slope] operands, count in
            surety_rectify(operands.floats(0), slope, operands.result, count)
        }
    }
}

extension RectifierGradient: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { [slope] operands, count in
            surety_rectify_gradient(operands.floats(0), operands.floats(1), slope, operands.result, count)
        }
    }
}
