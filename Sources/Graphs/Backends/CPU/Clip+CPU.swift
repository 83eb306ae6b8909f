import CSuretyKernels
import SuretyTensors

extension Clip: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let keepsZero = low <= 0 && high >= 0
        return ElementwiseKernel(inputs, output: output, keepsZero: keepsZero) { [low, high] operands, count in
            surety_clip(operands.floats(0), low, high, operands.result, count)
        }
    }
}

extension ClipGradient: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        ElementwiseKernel(inputs, output: output, keepsZero: true) { [low, high] operands, count in
            surety_clip_gradient(operands.floats(0), operands.floats(1), low, high, operands.result, count)
        }
    }
}
