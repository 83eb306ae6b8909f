import SuretyGraphs
import SuretyTensors

extension Network {
    /// Whether some layer computes with codes.
    public var isInteger: Bool {
        vertices.contains {
            switch $0.layer {
            case .integer(.rounding): false  // for example of pixels, in a network that otherwise computes in floating point
            case .integer: true
            default: false
            }
        }
    }

    /// Checks an integer network against the rules that make its results the same on every machine, in ONNX Runtime as well
    /// as here.
    ///
    /// - *Products of codes*: no sum reaches 2³¹, and if two weights of an output together exceed 128, so that an
    ///   instruction's sum of two products would leave 16 bits, the layer says so, and no such instruction is used. (ONNX
    ///   Runtime adds the bias before it makes the sum a float: below 2²⁴ that is the same.)
    /// - *The first layer*, in floating point on whole numbers of known size: no sum has more than 24 binary digits.
    /// - Everything else is one operation, or moves numbers.
    ///
    /// - Throws: `NetworkError.layer` for the first layer that breaks a rule, or otherwise computes in floating point.
    func checkExactness() throws(NetworkError) {
        var values: [ExactValue] = [.numbers]
        for vertex in vertices.dropFirst() {
            let inputs = vertex.inputs.map { values[$0] }
            values.append(try value(of: vertex, inputs))
        }
        if case .codes = values[values.count - 1] {
            throw .layer(name: vertices[vertices.count - 1].name, problem: "it gives codes where the network should give logits")
        }
    }

    private func value(of vertex: Vertex, _ inputs: [ExactValue]) throws(NetworkError) -> ExactValue {
        func refusal(_ problem: String) -> NetworkError {
            .layer(name: vertex.name, problem: "in an integer network \(problem)")
        }
        switch (vertex.layer, inputs[0]) {
        case (.integer(.rounding), .numbers): return .whole(atMost: .infinity)
        case (.integer(.rounding), _): return inputs[0]
        case (.integer(.quantisation), .numbers), (.integer(.quantisation), .whole), (.integer(.quantisation), .sums): return .codes
        case (.integer(.dequantisation), .codes): return .logits
        case (.integer(.convolution(_, let product)), .codes), (.integer(.dense(let product)), .codes):
            if let problem = problem(of: product) { throw refusal(problem) }
            return product.output == nil ? .logits : .codes
        case (.integer(.function(let function, let argument, let result)), .codes):
            if let problem = function.problem(of: argument, as: result) { throw refusal(problem) }
            return .codes
        case (.integer(.sum), .codes):
            guard case .codes = inputs[1] else { throw refusal("a sum of codes needs two of them") }
            return .codes
        case (.clip(let bounds), .whole):
            guard bounds.lowerBound.isWhole, bounds.upperBound.isWhole else {
                throw refusal("the limits of whole numbers are whole, not \(bounds)")
            }
            return .whole(atMost: Double(max(bounds.lowerBound.magnitude, bounds.upperBound.magnitude)))
        case (.arithmeticWithParameter(let operation, let name, .right), .whole(let bound))
        where operation == .add || operation == .subtract:
            let operand = parameters[name]?.values ?? []
            guard operand.allSatisfy(\.isWhole) else { throw refusal("what is added to whole numbers is whole") }
            return .whole(atMost: bound + Double(operand.map(\.magnitude).max() ?? 0))
        case (.convolution(_, let weights, let bias), .whole(let bound)), (.dense(let weights, let bias), .whole(let bound)):
            if let problem = problemOfFirstLayer(weights, bias, bound) { throw refusal(problem) }
            return .sums
        case (.reshape, _), (.transpose, _), (.slice, _), (.dropout, _): return inputs[0]
        case (.maximumPool, .whole), (.maximumPool, .codes), (.maximumPool, .sums), (.relu, .whole), (.relu, .sums): return inputs[0]
        case (.concatenation, .codes):
            guard inputs.allSatisfy({ if case .codes = $0 { true } else { false } }) else {
                throw refusal("codes and numbers cannot be put together")
            }
            return .codes
        case (.arithmeticWithParameter, .numbers), (.normalisation, .numbers), (.clip, .numbers): return .numbers
        default:
            throw refusal("""
                a \(vertex.layer.kind) of \(inputs[0].name) is not exact: quantise what goes into it and what comes out, in the \
                forms that docs/integers.md lists
                """)
        }
    }

    /// Why sums of codes times these weights are not exact.
    private func problem(of product: IntegerLayer.Product) -> String? {
        guard let weights = parameters[product.weights], let bias = parameters[product.bias] else { return "parameters are missing" }
        guard weights.values.allSatisfy({ $0.isWhole && $0.magnitude <= 128 }), bias.values.allSatisfy(\.isWhole) else {
            return "weights are whole numbers from −128 to 127, and biases are whole"
        }
        let largest = Float(max(product.input.zeroPoint, 255 - product.input.zeroPoint))
        let width = weights.values.count / weights.shape[0]
        guard product.hasWideWeights || !weights.hasWideRows else {
            return "two weights of an output together exceed 128, and the layer does not say that it has wide ones"
        }
        for output in 0..<weights.shape[0] {
            let row = weights.values[output * width..<(output + 1) * width]
            let sum = row.reduce(0) { $0 + Double($1.magnitude) } * Double(largest) + Double(bias.values[output].magnitude)
            guard sum < 0x1p31 else { return "sums stay below 2³¹, and that of output \(output) can reach \(Int(sum))" }
        }
        return nil
    }

    /// Why sums of whole numbers of at most `bound` times these weights have more than 24 digits.
    private func problemOfFirstLayer(_ weights: String, _ bias: String?, _ bound: Double) -> String? {
        guard bound.isFinite else {
            return "the first layer's input must be limited by a Clip after it is rounded; otherwise its sums may be inexact"
        }
        guard let weights = parameters[weights] else { return "parameters are missing" }
        let biases = bias.flatMap { parameters[$0]?.values } ?? Array(repeating: 0, count: weights.shape[0])
        let width = weights.values.count / weights.shape[0]
        for output in 0..<weights.shape[0] {
            let row = weights.values[output * width..<(output + 1) * width]
            let numbers = row + [biases[output]]
            guard let unit = numbers.filter({ $0 != 0 }).map(\.lowestDigit).min() else { continue }
            let sum = row.reduce(0) { $0 + Double($1.magnitude) } * bound + Double(biases[output].magnitude)
            guard sum < 0x1p24 * unit else {
                return "sums of output \(output) of the first layer, in floating point, have more than 24 binary digits"
            }
        }
        return nil
    }
}

/// What is known of a value of an integer network.
private enum ExactValue {
    /// The image, or a function of each of its elements.
    case numbers
    /// Whole numbers of at most this size.
    case whole(atMost: Double)
    /// Sums of the first layer, exact in floating point.
    case sums
    case codes
    /// Numbers that codes stand for, from which nothing further is computed.
    case logits

    var name: String {
        switch self {
        case .numbers: "numbers that are not whole"
        case .whole: "whole numbers"
        case .sums: "the first layer's sums"
        case .codes: "codes"
        case .logits: "numbers of codes"
        }
    }
}

extension Tensor {
    /// Whether two weights of an output together exceed 128 in size: the sum of their products with codes may leave 16 bits.
    var hasWideRows: Bool {
        let width = values.count / max(1, shape.first ?? 1)
        return stride(from: 0, to: values.count, by: max(1, width)).contains { start in
            var (first, second): (Float, Float) = (0, 0)
            for value in values[start..<start + width] {
                if value.magnitude > first { (first, second) = (value.magnitude, first) } else { second = max(second, value.magnitude) }
            }
            return first + second > 128
        }
    }
}

extension Float {
    /// Whether it has no fraction.
    var isWhole: Bool { self == rounded(.towardZero) }

    /// The power of two of the last nonzero binary digit.
    fileprivate var lowestDigit: Double {
        Double(sign: .plus, exponent: Int(exponent) - significandWidth, significand: 1)
    }
}
