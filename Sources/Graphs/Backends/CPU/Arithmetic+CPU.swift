import CSuretyKernels
import SuretyTensors

extension Arithmetic: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let function =
            switch self {
            case .add: surety_add
            case .subtract: surety_subtract
            case .multiply: surety_multiply
            case .divide: surety_divide
            }
        return ElementwiseKernel(inputs, output: output, keepsZero: self != .divide) { operands, count in
            function(operands.floats(0), operands.floats(1), operands.result, count)
        }
    }
}
