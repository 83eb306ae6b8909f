import SuretyGraphs

/// Activations that operator sets lack, and exporters write as a product of a value and a gate made of it: read as the one function
/// that they are, of which there are tight bounds, and which takes one pass over memory in place of five.
extension ONNXGraph {
    /// The vertex of the activation that the product of two vertices is; nil where it is none of
    ///
    ///     x · σ(x)                        SiLU
    ///     x · min(max(x/6 + ½, 0), 1)     hard swish
    ///     x · (1 + erf(x/√2))             twice GELU; a factor of ½ on either side makes it GELU
    mutating func activation(of left: Int, times right: Int, _ node: ONNXNode) throws(ONNXError) -> ONNXValue? {
        for (value, gate) in [(left, right), (right, left)] {
            if layer(at: gate) == (.function(.sigmoid), [value]) {
                return .vertex(try append(.function(.sigmoidLinearUnit), to: [value], node))
            }
            if layer(at: gate).layer == .clip(0...1), let (line, half) = shifted(layer(at: gate).inputs[0]), half == 0.5,
                Self.isNear(scaled(line), value, 1.0 / 6)
            {
                return .vertex(try append(.function(.hardSwish), to: [value], node))
            }
            let (normal, gateScale) = scaled(gate)
            guard let (erf, one) = shifted(normal), one == 1, layer(at: erf).layer == .function(.errorFunction) else { continue }
            let x = scaled(layer(at: erf).inputs[0])
            let (factor, valueScale) = value == x.vertex ? (value, 1) : scaled(value)
            // ½ and 1 alone: multiplied by twice as much nothing is rounded.
            guard Self.isNear(x, factor, 0.5.squareRoot()), [0.5, 1].contains(gateScale * valueScale) else { continue }
            let unit = ONNXValue.vertex(try append(.function(.gaussianLinearUnit), to: [factor], node))
            return gateScale * valueScale == 0.5 ? unit : try arithmetic(.multiply, unit, 2, node)
        }
        return nil
    }

    /// Whether it is this vertex times this factor, to single precision.
    private static func isNear(_ scaled: (vertex: Int, factor: Double), _ vertex: Int, _ factor: Double) -> Bool {
        scaled.vertex == vertex && abs(scaled.factor / factor - 1) < 0x1p-22
    }

    /// The vertex that this one is a multiple of, and the number that it is multiplied by: itself and 1, where it is no multiple.
    private func scaled(_ vertex: Int) -> (vertex: Int, factor: Double) {
        switch combination(vertex) {
        case (.multiply, _, let x, let number)?: (x, number)
        case (.divide, .right, let x, let number)?: (x, 1 / number)
        default: (vertex, 1)
        }
    }

    /// The vertex that a number is added to, and that number.
    private func shifted(_ vertex: Int) -> (vertex: Int, number: Double)? {
        guard case (.add, _, let x, let number)? = combination(vertex) else { return nil }
        return (x, number)
    }

    /// How a vertex combines another with one number.
    private func combination(_ vertex: Int) -> (operation: Layer.Arithmetic, side: Layer.Side, vertex: Int, number: Double)? {
        let (layer, inputs) = layer(at: vertex)
        guard case .arithmeticWithParameter(let operation, let operand, let side) = layer, let number = number(named: operand) else {
            return nil
        }
        return (operation, side, inputs[0], Double(number))
    }
}
