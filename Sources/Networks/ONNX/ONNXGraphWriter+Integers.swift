import SuretyGraphs
import SuretyTensors

/// Integer layers as ONNX's quantised files have them: numbers between a dequantisation of codes and a quantisation to codes,
/// which ONNX Runtime merges into operators on integers. With the zero point 0, a rectifier is just the limit of the codes,
/// and is not written.
extension ONNXGraphWriter {
    /// The name of the value that nodes added for `layer` compute.
    mutating func value(of layer: IntegerLayer, _ inputs: [String]) -> String {
        switch layer {
        case .rounding: return add("Round", inputs)
        case .quantisation(let quantisation): return quantised(inputs[0], quantisation)
        case .dequantisation(let quantisation): return dequantised(inputs[0], quantisation)
        case .convolution(let geometry, let product):
            return result(of: product, add("Conv", operands(of: product, inputs[0]), geometry.attributes))
        case .dense(let product):
            return result(of: product, add("Gemm", operands(of: product, inputs[0]), .integer("transB", 1)))
        case .sum(let left, let right, let result):
            return quantised(add("Add", [dequantised(inputs[0], left), dequantised(inputs[1], right)]), result)
        case .function(let function, let argument, let result):
            let numbers = dequantised(inputs[0], argument)
            switch function {
            case .identity: return quantised(numbers, result)
            case .rectifier(0): return quantised(add("Relu", [numbers]), result)
            case .rectifier(let slope): return quantised(add("LeakyRelu", [numbers], .number("alpha", slope)), result)
            case .clip(let bounds):
                let limits = [bounds.lowerBound, bounds.upperBound].map { constant(Tensor(scalar: $0)) }
                return quantised(add("Clip", [numbers] + limits), result)
            case .real(let function): return quantised(value(of: function, numbers), result)
            }
        }
    }

    mutating func quantised(_ numbers: String, _ quantisation: Quantisation) -> String {
        add("QuantizeLinear", [numbers] + constants(of: quantisation))
    }

    mutating func dequantised(_ codes: String, _ quantisation: Quantisation) -> String {
        add("DequantizeLinear", [codes] + constants(of: quantisation))
    }

    private mutating func constants(of quantisation: Quantisation) -> [String] {
        [
            constant(Tensor(scalar: quantisation.scale)),
            constant(Tensor(scalar: Float(quantisation.zeroPoint)), as: .uint8),
        ]
    }

    /// The numbers of a product's input, weights and bias.
    private mutating func operands(of product: IntegerLayer.Product, _ codes: String) -> [String] {
        let steps = product.weightScales.map { product.input.scale * $0 }
        return [
            dequantised(codes, product.input), dequantised(product.weights, by: product.weightScales, as: .int8),
            dequantised(product.bias, by: steps, as: .int32),
        ]
    }

    /// A parameter of integers as numbers, with a scale for each index of its first axis.
    private mutating func dequantised(_ parameter: String, by scales: [Float], as type: ONNXElementType) -> String {
        let steps = constant(Tensor(shape: [scales.count], values: scales))
        let zeroPoints = constant(Tensor(shape: [scales.count], repeating: 0), as: type)
        return add("DequantizeLinear", [parameter, steps, zeroPoints], .integer("axis", 0))
    }

    private mutating func result(of product: IntegerLayer.Product, _ numbers: String) -> String {
        product.output.map { quantised(numbers, $0) } ?? numbers
    }
}

extension Network {
    /// The types in which integer layers' parameters are written.
    var integerParameters: [String: ONNXElementType] {
        var types: [String: ONNXElementType] = [:]
        for vertex in vertices {
            switch vertex.layer {
            case .integer(.convolution(_, let product)), .integer(.dense(let product)):
                types[product.weights] = .int8
                types[product.bias] = .int32
            default: continue
            }
        }
        return types
    }
}

extension Layer {
    /// Whether it arranges its operands' elements without computing, and so accepts codes directly.
    var movesCodes: Bool {
        switch self {
        case .maximumPool, .reshape, .transpose, .slice, .concatenation, .dropout: true
        case .image, .normalisation, .convolution, .dense, .batchNormalisation, .arithmetic, .arithmeticWithParameter, .relu,
            .leakyRelu, .clip, .function, .softmax, .logSoftmax, .averagePool, .mean, .selection, .padding, .matrixProduct, .integer:
            false
        }
    }
}
