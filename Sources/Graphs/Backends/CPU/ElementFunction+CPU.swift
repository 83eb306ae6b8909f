import CSuretyKernels
import Foundation
import SuretyTensors

extension ElementFunction: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let keepsZero =
            switch self {
            case .squareRoot, .tanh, .errorFunction, .sign, .sigmoidLinearUnit, .gaussianLinearUnit, .gaussianLinearUnitByTanh,
                .hardSwish, .exponentialLinearUnit, .sine: true
            case .exponential, .logarithm, .sigmoid, .softPlus, .power, .cosine: false
            }
        switch implementation {
        case .kernel(let function, let parameter):
            return ElementwiseKernel(inputs, output: output, keepsZero: keepsZero) { operands, count in
                surety_apply(function, parameter, operands.floats(0), operands.result, count)
            }
        case .plain(let function):
            return ElementwiseKernel(inputs, output: output, keepsZero: keepsZero) { operands, count in
                let (x, result) = (operands.floats(0), operands.result)
                for i in 0..<count { result[i] = function(x[i]) }
            }
        }
    }

    private enum Implementation {
        case kernel(surety_function, parameter: Float = 0)
        /// Element by element with the library's function: slower, and rare.
        case plain(@Sendable (Float) -> Float)
    }

    private var implementation: Implementation {
        switch self {
        case .exponential: .kernel(surety_exponential)
        case .logarithm: .kernel(surety_logarithm)
        case .squareRoot: .kernel(surety_square_root)
        case .sigmoid: .kernel(surety_logistic)
        case .tanh: .kernel(surety_hyperbolic_tangent)
        case .errorFunction: .kernel(surety_error_function)
        case .sign: .kernel(surety_sign)
        case .softPlus: .kernel(surety_soft_plus)
        case .sigmoidLinearUnit: .kernel(surety_silu)
        case .gaussianLinearUnit: .kernel(surety_gelu)
        case .gaussianLinearUnitByTanh: .kernel(surety_gelu_by_tanh)
        case .hardSwish: .kernel(surety_hard_swish)
        case .exponentialLinearUnit(let scale): .kernel(surety_elu, parameter: scale)
        case .power(let exponent): .plain { Foundation.pow($0, exponent) }
        case .sine: .plain { Foundation.sin($0) }
        case .cosine: .plain { Foundation.cos($0) }
        }
    }
}
