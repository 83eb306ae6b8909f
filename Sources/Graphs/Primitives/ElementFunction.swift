import Foundation
import SuretyTensors

/// A function of one variable applied to each element. Its derivative is an expression in such functions.
public enum ElementFunction: Primitive, Hashable {
    /// eˣ.
    case exponential
    /// The natural logarithm: −∞ at 0, NaN below.
    case logarithm
    /// √x: NaN below 0.
    case squareRoot
    /// 1/(1 + e⁻ˣ).
    case sigmoid
    /// The hyperbolic tangent.
    case tanh
    /// 2/√π ∫₀ˣ e^(−t²) dt.
    case errorFunction
    /// −1, 0 or 1. Its derivative is taken as 0.
    case sign
    /// log(1 + eˣ).
    case softPlus
    /// x/(1 + e⁻ˣ): SiLU, or Swish.
    case sigmoidLinearUnit
    /// x·½(1 + erf(x/√2)): GELU (Hendrycks and Gimpel 2016).
    case gaussianLinearUnit
    /// x·½(1 + tanh(√(2/π)(x + .044715x³))): the common approximation of GELU.
    case gaussianLinearUnitByTanh
    /// x·min(max(x/6 + ½, 0), 1).
    case hardSwish
    /// x above 0 and α(eˣ − 1) below: ELU.
    case exponentialLinearUnit(scale: Float)
    /// x to the power of a number: NaN below 0 unless that is whole.
    case power(Float)
    /// The sine and the cosine of an angle in radians.
    case sine, cosine

    /// The function in a word or two.
    public var name: String {
        switch self {
        case .exponential: "exp"
        case .logarithm: "log"
        case .squareRoot: "square root"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .errorFunction: "erf"
        case .sign: "sign"
        case .softPlus: "softplus"
        case .sigmoidLinearUnit: "silu"
        case .gaussianLinearUnit: "gelu"
        case .gaussianLinearUnitByTanh: "gelu by tanh"
        case .hardSwish: "hard swish"
        case .exponentialLinearUnit: "elu"
        case .power(let exponent): "power \(exponent)"
        case .sine: "sine"
        case .cosine: "cosine"
        }
    }

    /// The shape of the input.
    public func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    /// The cotangent times the derivative; if the function is made of others, their rules give it.
    public func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let x = output.inputs[0]
        switch self {
        case .exponential: return [try cotangent * output]
        case .logarithm: return [try cotangent / x]
        case .squareRoot: return [try cotangent / output * .constant(0.5)]
        case .sigmoid: return [try cotangent * output * (.constant(1) - output)]
        case .tanh: return [try cotangent * (.constant(1) - output * output)]
        case .errorFunction:
            return [try cotangent * (x * x * .constant(-1)).exp() * .constant(Float(2 / Double.pi.squareRoot()))]
        case .sign: return [nil]
        case .softPlus: return [try cotangent * x.sigmoid()]
        case .power(let exponent): return [try cotangent * x.applying(.power(exponent - 1)) * .constant(exponent)]
        case .sine: return [try cotangent * x.applying(.cosine)]
        case .cosine: return [try cotangent * x.applying(.sine) * .constant(-1)]
        case .sigmoidLinearUnit, .gaussianLinearUnit, .gaussianLinearUnitByTanh, .hardSwish, .exponentialLinearUnit:
            return try gradient(of: definition(of: x), weightedBy: cotangent, with: [x])
        }
    }

    /// The function written in terms of others, if it can be.
    private func definition(of x: Node) throws(GraphError) -> Node {
        switch self {
        case .sigmoidLinearUnit: return try x * x.sigmoid()
        case .gaussianLinearUnit:
            return try x * ((x * .constant(Float(0.5.squareRoot()))).applying(.errorFunction) * .constant(0.5) + .constant(0.5))
        case .gaussianLinearUnitByTanh:
            let argument = try (x + x * x * x * .constant(0.044715)) * .constant(Float((2 / Double.pi).squareRoot()))
            return try x * (argument.tanh() * .constant(0.5) + .constant(0.5))
        case .hardSwish: return try x * (x * .constant(1 / 6) + .constant(0.5)).clipped(to: 0...1)
        case .exponentialLinearUnit(let scale):
            return try x.relu() + (x.clipped(to: -.infinity...0).exp() - .constant(1)) * .constant(scale)
        case .exponential, .logarithm, .squareRoot, .sigmoid, .tanh, .errorFunction, .sign, .softPlus, .power, .sine, .cosine:
            return try x.applying(self)
        }
    }
}

extension Node {
    /// The function of each element.
    public func applying(_ function: ElementFunction) throws(GraphError) -> Node { try Node(function, [self]) }

    /// e to the power of each element.
    public func exp() throws(GraphError) -> Node { try applying(.exponential) }

    /// The natural logarithm of each element: −∞ at 0, NaN below.
    public func log() throws(GraphError) -> Node { try applying(.logarithm) }

    /// The square root of each element: NaN below 0.
    public func squareRoot() throws(GraphError) -> Node { try applying(.squareRoot) }

    /// 1/(1 + e⁻ˣ) of each element.
    public func sigmoid() throws(GraphError) -> Node { try applying(.sigmoid) }

    /// The hyperbolic tangent of each element.
    public func tanh() throws(GraphError) -> Node { try applying(.tanh) }
}
