import Foundation
import SuretyTensors

/// A smooth function of one variable applied to each element, whose derivative is an expression in
/// the function's own value or argument.
package enum ElementFunction: String, Primitive {
    case exponential, logarithm, squareRoot, sigmoid, tanh

    package var name: String { rawValue }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        switch self {
        case .exponential: [try cotangent * output]
        case .logarithm: [try cotangent / output.inputs[0]]
        case .squareRoot: [try cotangent / output * .constant(0.5)]
        case .sigmoid: [try cotangent * output * (.constant(1) - output)]
        case .tanh: [try cotangent * (.constant(1) - output * output)]
        }
    }

    func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .exponential: Foundation.exp(x)
        case .logarithm: Foundation.log(x)
        case .squareRoot: x.squareRoot()
        case .sigmoid: 1 / (1 + Foundation.exp(-x))
        case .tanh: Foundation.tanh(x)
        }
    }
}

extension Node {
    /// e to the power of each element.
    public func exp() throws(GraphError) -> Node { try Node(ElementFunction.exponential, [self]) }

    /// The natural logarithm of each element: −∞ at 0, NaN below.
    public func log() throws(GraphError) -> Node { try Node(ElementFunction.logarithm, [self]) }

    /// The square root of each element: NaN below 0.
    public func squareRoot() throws(GraphError) -> Node { try Node(ElementFunction.squareRoot, [self]) }

    /// 1/(1 + e⁻ˣ) of each element.
    public func sigmoid() throws(GraphError) -> Node { try Node(ElementFunction.sigmoid, [self]) }

    /// The hyperbolic tangent of each element.
    public func tanh() throws(GraphError) -> Node { try Node(ElementFunction.tanh, [self]) }
}
