import SuretyGraphs
import SuretyTensors

/// Functions of one variable.
extension ONNXGraph {
    /// An operator that is one layer of one value.
    mutating func activation(_ layer: Layer, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        return try apply(layer, to: value(node, 0), node: node)
    }

    mutating func leakyRelu(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        return try apply(.leakyRelu(slope: node.number("alpha") ?? 0.01), to: value(node, 0), node: node)
    }

    /// x above 0 and slope·x below, the slope a number or one for each channel.
    mutating func parametricRelu(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let (x, slope) = (try vertex(node), try constant(node, 1))
        if slope.count == 1 { return .vertex(try append(.leakyRelu(slope: scalar(slope, node)), to: [x], node)) }
        let positive = try append(.relu, to: [x], node)
        let negative = try append(.clip(-.infinity...0), to: [x], node)
        return try arithmetic(.add, .vertex(positive), arithmetic(.multiply, .vertex(negative), .constant(slope), node), node)
    }

    mutating func exponentialLinearUnit(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        return try apply(.function(.exponentialLinearUnit(scale: node.number("alpha") ?? 1)), to: value(node, 0), node: node)
    }

    /// gamma·ELU: Klambauer, Unterthiner, Mayr and Hochreiter 2017.
    mutating func scaledExponentialLinearUnit(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha", "gamma")
        let unit = ElementFunction.exponentialLinearUnit(scale: try node.number("alpha") ?? 1.6732632)
        return try arithmetic(
            .multiply, apply(.function(unit), to: value(node, 0), node: node), node.number("gamma") ?? 1.050701, node)
    }

    /// alpha·ELU(x/alpha).
    mutating func continuousExponentialLinearUnit(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        let alpha = try node.number("alpha") ?? 1
        guard alpha != 0 else { throw node.error("its alpha is 0") }
        if alpha == 1 { return try apply(.function(.exponentialLinearUnit(scale: 1)), to: value(node, 0), node: node) }
        let unit = try apply(
            .function(.exponentialLinearUnit(scale: 1)), to: arithmetic(.divide, value(node, 0), alpha, node), node: node)
        return try arithmetic(.multiply, unit, alpha, node)
    }

    /// x where above alpha, and 0 elsewhere.
    mutating func thresholdedRelu(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        let x = try value(node, 0)
        let isAbove = try isPositive(arithmetic(.subtract, x, node.number("alpha") ?? 1, node), node)
        return try arithmetic(.multiply, x, isAbove, node)
    }

    mutating func gelu(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "approximate")
        let approximation = try node.text("approximate") ?? "none"
        guard ["none", "tanh"].contains(approximation) else { throw node.error("its approximation is \(quoted(approximation))") }
        let function = approximation == "tanh" ? ElementFunction.gaussianLinearUnitByTanh : .gaussianLinearUnit
        return try apply(.function(function), to: value(node, 0), node: node)
    }

    /// x·tanh(log(1 + eˣ)): Misra 2019.
    mutating func mish(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let x = try value(node, 0)
        return try arithmetic(.multiply, x, apply(.tanh, to: apply(.function(.softPlus), to: x, node: node), node: node), node)
    }

    /// x·sigmoid(alpha·x).
    mutating func swish(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha")
        let (x, alpha) = (try value(node, 0), try node.number("alpha") ?? 1)
        if alpha == 1 { return try apply(.function(.sigmoidLinearUnit), to: x, node: node) }
        return try arithmetic(.multiply, x, apply(.sigmoid, to: arithmetic(.multiply, x, alpha, node), node: node), node)
    }

    /// min(max(alpha·x + beta, 0), 1).
    mutating func hardSigmoid(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "alpha", "beta")
        let scaled = try arithmetic(.multiply, value(node, 0), node.number("alpha") ?? 0.2, node)
        return try apply(.clip(0...1), to: arithmetic(.add, scaled, node.number("beta") ?? 0.5, node), node: node)
    }

    /// x/(1 + |x|).
    mutating func softSign(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let x = try value(node, 0)
        return try arithmetic(.divide, x, arithmetic(.add, apply(.leakyRelu(slope: -1), to: x, node: node), 1, node), node)
    }

    mutating func negative(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let x = try value(node, 0)
        if case .constant(let constant) = x, case .sizes = constant.elements {
            return try arithmetic(
                .subtract, .constant(ONNXConstant(name: "", shape: [], elements: .sizes([BatchSize(0)]))), x, node)
        }
        return try arithmetic(.multiply, x, -1, node)
    }

    mutating func reciprocal(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        return try arithmetic(.divide, .constant(ONNXConstant(1)), value(node, 0), node)
    }

    /// x to the power of a constant.
    mutating func power(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let x = try value(node, 0)
        let exponents = try constant(node, 1)
        let exponent: Float
        switch exponents.elements {
        case .numbers(let numbers) where numbers.count == 1: exponent = numbers[0]
        case .sizes(let sizes) where sizes.count == 1 && sizes[0].known != nil: exponent = Float(sizes[0].known ?? 0)
        case .numbers, .sizes: throw node.unsupported("its exponents \(quoted(exponents.name)) are not one number")
        }
        switch exponent {
        case 1: return x
        case 2: return try arithmetic(.multiply, x, x, node)
        case 3: return try arithmetic(.multiply, arithmetic(.multiply, x, x, node), x, node)
        case 0.5: return try apply(.function(.squareRoot), to: x, node: node)
        case -1: return try arithmetic(.divide, .constant(ONNXConstant(1)), x, node)
        default:
            guard exponent.isFinite else { throw node.error("its exponent is \(exponent)") }
            return try apply(.function(.power(exponent)), to: x, node: node)
        }
    }
}
