import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// A nonlinear layer of which linear bounds know only the box of its values. Attention and layer normalisation are made of
/// these.
package enum BoxedLayer: Sendable, Equatable {
    /// The product of two values, elementwise.
    case product
    /// The product of a value with itself.
    case square
    /// A value divided by another, elementwise: bounded if the box of the divisor does not contain 0.
    case quotient
    /// A parameter divided by a value, likewise.
    case reciprocal(of: String)
    /// Products of matrices, each with this number of terms.
    case matrixProduct(terms: Int)
    /// Softmax along an axis of an image's value, over this number of terms; or its logarithm.
    case softmax(axis: Int, terms: Int), logSoftmax(axis: Int, terms: Int)
    /// x where positive and slope·x elsewhere, with a slope that makes it neither convex and rising nor a line.
    case bend(slope: Float)
    /// A function of one variable that is monotone where it is defined, or a sine or cosine.
    case function(ElementFunction)

    /// nil for a function of another kind.
    init?(_ function: ElementFunction) {
        switch function {
        case .logarithm, .squareRoot, .sign, .sine, .cosine: break
        case .power(let exponent): if !exponent.isFinite { return nil }
        case .exponential, .sigmoid, .tanh, .errorFunction, .softPlus, .sigmoidLinearUnit, .gaussianLinearUnit,
            .gaussianLinearUnitByTanh, .hardSwish, .exponentialLinearUnit:
            return nil
        }
        self = .function(function)
    }

    /// The box of the layer's values on boxes of its inputs, which also holds the computed values; an end is NaN if nothing
    /// is known. Whoever computes the values may err by what docs/bounds.md says; this allows for twice as much.
    func image(
        of inputs: [IntervalPropagation.Box], named name: String, _ parameters: [String: Node]
    ) throws -> IntervalPropagation.Box {
        switch self {
        case .product:
            let gamma = try Rounding.gamma(terms: 4, layer: name)
            return try CentredBox.product(inputs[0], inputs[1], gamma: gamma, by: *)
        case .matrixProduct(let terms):
            let gamma = try Rounding.gamma(terms: terms + 4, layer: name)
            return try CentredBox.product(inputs[0], inputs[1], gamma: gamma) { x, y throws(GraphError) in try x.product(y) }
        case .quotient: return try quotient(inputs[0], by: inputs[1], gamma: Rounding.gamma(terms: 8, layer: name))
        case .reciprocal(let operand):
            guard let number = parameters[operand] else { throw NetworkError.missing(name: operand, layer: name) }
            return try quotient(.init(low: number, high: number), by: inputs[0], gamma: Rounding.gamma(terms: 8, layer: name))
        case .square: return try square(inputs[0])
        case .softmax(let axis, let terms):
            let gamma = try Rounding.gamma(terms: terms, layer: name)
            let reciprocals = try softmaxReciprocals(inputs[0], axis: axis + 1, gamma: gamma)
            let slack = Node.constant(0x1p-20 + 0x1p-21 + 4 * gamma), one = Node.constant(1)
            return try .init(low: one / reciprocals.high - slack, high: one / reciprocals.low + slack)
        case .logSoftmax(let axis, let terms):
            let gamma = try Rounding.gamma(terms: terms, layer: name)
            let reciprocals = try softmaxReciprocals(inputs[0], axis: axis + 1, gamma: gamma)
            func logarithm(_ reciprocal: Node, _ sign: Float) throws(GraphError) -> Node {
                let value = try reciprocal.applying(.logarithm) * .constant(-1)
                let slack = try (value.magnitude + .constant(1)) * .constant(0x1p-19) + .constant(4 * gamma)
                return try value + slack * .constant(sign)
            }
            return try .init(low: logarithm(reciprocals.high, -1), high: logarithm(reciprocals.low, 1))
        case .bend(let slope): return try bend(inputs[0], slope)
        case .function(let function): return try image(of: inputs[0], by: function)
        }
    }

    /// Uses the reciprocals of the divisor's ends, which are in order if its box does not contain 0.
    private func quotient(
        _ x: IntervalPropagation.Box, by divisor: IntervalPropagation.Box, gamma: Float
    ) throws(GraphError) -> IntervalPropagation.Box {
        let one = Node.constant(1)
        let reciprocal = try IntervalPropagation.Box(low: one / divisor.high, high: one / divisor.low)
        let box = try CentredBox.product(x, reciprocal, gamma: gamma, by: *)
        // NaN if the reciprocals are infinite or not in order.
        let nothing = try (reciprocal.high - reciprocal.low).squareRoot() * .constant(0)
        return try .init(low: box.low + nothing, high: box.high + nothing)
    }

    private func square(_ x: IntervalPropagation.Box) throws(GraphError) -> IntervalPropagation.Box {
        // The smallest |x|: one of the two terms is 0.
        let least = try x.low.relu() + (x.high * .constant(-1)).relu()
        let largest = try CentredBox(x).size
        return try .init(
            low: least * least * .constant(1 - 0x1p-21), high: largest * largest * .constant(1 + 0x1p-21) + .constant(Rounding.smallest))
    }

    private func bend(_ x: IntervalPropagation.Box, _ slope: Float) throws(GraphError) -> IntervalPropagation.Box {
        func branches(_ end: Node) throws(GraphError) -> (right: Node, left: Node) {
            try (end.relu(), (end * .constant(-1)).relu() * .constant(abs(slope)))
        }
        let (low, high) = try (branches(x.low), branches(x.high))
        let ends = try slope < 0
            ? (low.right + high.left, high.right + (low.left - high.right).relu()) : (low.right - low.left, high.right - high.left)
        func error(_ end: Node) throws(GraphError) -> Node { try end.magnitude * .constant(0x1p-21) + .constant(Rounding.smallest) }
        return try .init(low: ends.0 - error(ends.0), high: ends.1 + error(ends.1))
    }

    /// The ends of 1/softmax, which is smallest where the element's own number is largest and all others are smallest. With
    /// S(x) = log Σ eˣ, p = exp(u − S(u)) and q = exp(l − S(l)), for the element's ends l and u,
    ///
    ///     1 + (1 − q) exp(S(l) − u) ≤ 1/softmax ≤ 1 + (1 − p) exp(S(u) − l)
    private func softmaxReciprocals(
        _ x: IntervalPropagation.Box, axis: Int, gamma: Float
    ) throws(GraphError) -> IntervalPropagation.Box {
        let (low, high) = (x.low, x.high), one = Node.constant(1)
        let (lowSum, highSum) = try (low.logSumExp(axis: axis, keepingDimensions: true), high.logSumExp(axis: axis, keepingDimensions: true))
        // At least the relative error of each exponential here: from its argument, its sum and itself.
        let error = try (low.magnitude + high.magnitude + lowSum.magnitude + highSum.magnitude + one) * .constant(0x1p-20)
            + .constant(4 * gamma)
        let nothing = try (one - error).squareRoot() * .constant(0)  // NaN where it is more than 1
        let others = try one - (high - highSum).exp() + error
        let most = try one + others * ((highSum - low).exp() * (one + error))
        let lesserOthers = try (one - (low - lowSum).exp() - error).relu()
        let least = try one + lesserOthers * ((lowSum - high).exp() * (one - error).relu())
        return try .init(low: least + nothing, high: most + nothing)
    }

    private func image(of x: IntervalPropagation.Box, by function: ElementFunction) throws(GraphError) -> IntervalPropagation.Box {
        let (atLow, atHigh) = try (x.low.applying(function), x.high.applying(function))
        switch function {
        case .sine, .cosine:
            // Its slope is at most 1, and so is its value.
            let ball = try CentredBox(x), value = try ball.center.applying(function), slack = Node.constant(0x1p-19)
            let limits: ClosedRange<Float> = -(1 + 0x1p-19)...(1 + 0x1p-19)
            return try .init(
                low: (value - ball.radius - slack).clipped(to: limits), high: (value + ball.radius + slack).clipped(to: limits))
        case .sign: return .init(low: atLow, high: atHigh)
        case .logarithm:
            func error(_ value: Node) throws(GraphError) -> Node { try (value.magnitude + .constant(1)) * .constant(0x1p-19) }
            return try .init(low: atLow - error(atLow), high: atHigh + error(atHigh))
        case .power(let exponent):
            // Monotone from 0 on; NaN if the box reaches below 0.
            let nothing = try x.low.squareRoot() * .constant(0)
            let ends = exponent > 0 ? (atLow, atHigh) : (atHigh, atLow)
            return try Self.enclosing(ends.0 + nothing, ends.1 + nothing, relativeError: 0x1p-16)
        default: return try Self.enclosing(atLow, atHigh, relativeError: 0x1p-19)
        }
    }

    /// A box around numbers of at least 0 that are rounded.
    private static func enclosing(_ low: Node, _ high: Node, relativeError: Float) throws(GraphError) -> IntervalPropagation.Box {
        try .init(
            low: low * .constant(1 - relativeError) - .constant(Rounding.smallest),
            high: high * .constant(1 + relativeError) + .constant(Rounding.smallest))
    }
}
