import Foundation

extension ElementFunction {
    /// The function's value in double precision, with a relative error far below 10⁻¹².
    package func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .sigmoid: 1 / (1 + exp(-x))
        case .tanh: Foundation.tanh(x)
        case .errorFunction: erf(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .softPlus: max(x, 0) + log1p(exp(-abs(x)))
        case .sigmoidLinearUnit: x < -700 ? 0 : x / (1 + exp(-x))
        case .gaussianLinearUnit: x * erfc(-x * 0.5.squareRoot()) / 2
        // ½(1 + tanh u) = 1/(1 + e⁻²ᵘ), where nothing cancels.
        case .gaussianLinearUnitByTanh: x / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
        case .exponentialLinearUnit(let scale): x > 0 ? x : Double(scale) * expm1(x)
        case .power(let exponent): pow(x, Double(exponent))
        case .sine: sin(x)
        case .cosine: cos(x)
        }
    }
}
