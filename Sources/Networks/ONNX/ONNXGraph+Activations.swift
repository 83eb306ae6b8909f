import SuretyGraphs

/// Activations that operator sets lack, so that exporters write them as the product of a value and a gate computed from it.
/// They are read as a single function, which has tight bounds and takes one pass over memory instead of five.
extension ONNXGraph {
    /// If the product of two vertices is one of these activations, its vertex; otherwise nil:
    ///
    ///     x · σ(x)                        SiLU
    ///     x · min(max(x/6 + ½, 0), 1)     hard swish
    ///     x · (1 + erf(x/√2))             twice GELU; a factor of ½ on either side makes it GELU
    ///     x · (1 + tanh(√(2/π)(x + .044715x³)))   likewise, GELU by tanh
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
            guard let (rising, one) = shifted(normal), one == 1, let (function, x) = linearUnit(gatedBy: rising) else { continue }
            let (factor, valueScale) = value == x ? (value, 1) : scaled(value)
            // Only ½ and 1: multiplying by twice these numbers rounds nothing.
            guard factor == x, [0.5, 1].contains(gateScale * valueScale) else { continue }
            let unit = ONNXValue.vertex(try append(.function(function), to: [x], node))
            return gateScale * valueScale == 0.5 ? unit : try arithmetic(.multiply, unit, 2, node)
        }
        return nil
    }

    /// The vertex of GELU, if `vertex` is twice GELU and multiplying or dividing by `operand` halves it; otherwise nil.
    func linearUnit(halving vertex: Int, _ operation: Layer.Arithmetic, _ operand: ONNXConstant) -> Int? {
        guard case (.multiply, _, let unit, 2)? = combination(vertex), case .numbers(let numbers) = operand.elements,
            operand.shape.count <= 1,  // more axes would be the result's
            operation == .multiply && numbers == [0.5] || operation == .divide && numbers == [2]
        else { return nil }
        switch layer(at: unit).layer {
        case .function(.gaussianLinearUnit), .function(.gaussianLinearUnitByTanh): return unit
        default: return nil
        }
    }

    /// The form of GELU whose gate rises from 0 to 2 as 1 + this vertex, and its argument; nil for any other vertex.
    private func linearUnit(gatedBy vertex: Int) -> (function: ElementFunction, of: Int)? {
        let (rising, inputs) = layer(at: vertex)
        switch rising {
        case .function(.errorFunction):
            let argument = scaled(inputs[0])
            return Self.isNear(argument, argument.vertex, 0.5.squareRoot()) ? (.gaussianLinearUnit, argument.vertex) : nil
        case .function(.tanh):
            let argument = scaled(inputs[0])
            let (sum, terms) = layer(at: argument.vertex)
            guard sum == .arithmetic(.add), Self.isNear(argument, argument.vertex, (2 / Double.pi).squareRoot()) else { return nil }
            for (x, cube) in [(terms[0], scaled(terms[1])), (terms[1], scaled(terms[0]))]
            where isCube(cube.vertex, of: x) && Self.isNear(cube, cube.vertex, 0.044715) {
                return (.gaussianLinearUnitByTanh, x)
            }
            return nil
        default: return nil
        }
    }

    /// Whether a vertex is x³, as a power or as products.
    private func isCube(_ vertex: Int, of x: Int) -> Bool {
        func isSquare(_ vertex: Int) -> Bool {
            layer(at: vertex) == (.arithmetic(.multiply), [x, x]) || layer(at: vertex) == (.function(.power(2)), [x])
        }
        let (cube, inputs) = layer(at: vertex)
        if cube == .function(.power(3)) { return inputs == [x] }
        guard cube == .arithmetic(.multiply) else { return false }
        return inputs[0] == x && isSquare(inputs[1]) || inputs[1] == x && isSquare(inputs[0])
    }

    /// Whether it is this vertex times this factor, up to single precision.
    private static func isNear(_ scaled: (vertex: Int, factor: Double), _ vertex: Int, _ factor: Double) -> Bool {
        scaled.vertex == vertex && abs(scaled.factor / factor - 1) < 0x1p-22
    }

    /// The vertex that this one is a multiple of, and the number that it is multiplied by: itself and 1 if it is not a multiple.
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
