import SuretyGraphs
import SuretyTensors

/// The operators between numbers and codes. What lies between a dequantisation and a quantisation is converted to integers
/// once the whole network is known: `IntegerForm`.
extension ONNXGraph {
    mutating func quantise(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "axis", "block_size", "output_dtype", "precision", "saturate")
        let quantisation = try quantisation(node)
        return .vertex(try append(.integer(.quantisation(quantisation)), to: [vertex(node)], node))
    }

    mutating func dequantise(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "axis", "block_size", "output_dtype")
        switch try value(node, 0) {
        case .vertex(let codes):
            return .vertex(try append(.integer(.dequantisation(quantisation(node))), to: [codes], node))
        case .constant(let codes):
            return .constant(try dequantised(codes, node))
        }
    }

    /// What the codes of a node stand for. Signed bytes are the same codes minus 128.
    private mutating func quantisation(_ node: ONNXNode) throws(ONNXError) -> Quantisation {
        let scale = try scalar(constant(node, 1), node)
        guard scale > 0, scale.isFinite else { throw node.error("its scale is \(scale)") }
        guard let zeroPoint = try optionalConstant(node, 2) else { return Quantisation(scale: scale) }
        let code = try scalar(zeroPoint, node)
        switch zeroPoint.type {
        case .uint8: return Quantisation(scale: scale, zeroPoint: Int(code))
        case .int8: return Quantisation(scale: scale, zeroPoint: Int(code) + 128)
        default: throw node.unsupported("its codes are not bytes; quantise activations to unsigned bytes")
        }
    }

    /// A constant of integers, as the numbers that they stand for.
    private mutating func dequantised(_ codes: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> ONNXConstant {
        let steps = try constant(node, 1)
        guard case .numbers(let scales) = steps.elements, steps.shape.count <= 1, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw node.unsupported("its scales \(quoted(steps.name)) are not positive numbers along one axis")
        }
        if let zeroPoint = try optionalConstant(node, 2) {
            let isZero = switch zeroPoint.elements {
            case .numbers(let numbers): numbers.allSatisfy { $0 == 0 }
            case .sizes(let sizes): sizes.allSatisfy { $0 == BatchSize(0) }
            }
            guard isZero else {
                throw node.unsupported("its constant \(quoted(codes.name)) has a zero point; quantise weights symmetrically")
            }
        }
        var integers: [Float] = []
        switch codes.elements {
        case .numbers(let numbers): integers = numbers
        case .sizes(let sizes):
            for size in sizes {
                guard let known = size.known, let number = Float(exactly: known) else {
                    throw node.unsupported("\(quoted(codes.name)) holds integers that single precision cannot represent")
                }
                integers.append(number)
            }
        }
        let axis = try scales.count == 1 ? 0 : axis(node.integer("axis") ?? 1, rank: codes.shape.count, node)
        guard scales.count == 1 || codes.shape[axis] == scales.count else {
            throw node.error("it has \(scales.count) scales along an axis of \(codes.shape[axis])")
        }
        try spend(codes.shape, node)
        let inner = codes.shape.dropFirst(axis + 1).reduce(1, *)
        let numbers = integers.indices.map { integers[$0] * scales[scales.count == 1 ? 0 : $0 / inner % scales.count] }
        var result = ONNXConstant(
            name: node.outputs.first ?? codes.name, origin: codes.origin, shape: codes.shape, elements: .numbers(numbers))
        result.integers = ONNXIntegers(tensor: Tensor(shape: codes.shape, values: integers), scales: scales)
        return result
    }
}

/// The integers behind a dequantised constant.
struct ONNXIntegers {
    let tensor: Tensor
    let scales: [Float]

    /// The integers and scales of a parameter made from the constant, where `numbers` is the parameter and `codes` holds the
    /// integers in the same order; nil if the scales do not lie along its first axis.
    func parameter(_ codes: Tensor, numbers: Tensor) -> IntegerParameter? {
        let rows = codes.shape.first ?? 1
        guard scales.count == 1 || scales.count == rows else { return nil }
        let width = codes.values.count / max(1, rows)
        let fits = codes.values.indices.allSatisfy {
            numbers.values[$0] == codes.values[$0] * scales[scales.count == 1 ? 0 : $0 / width]
        }
        return fits ? IntegerParameter(codes: codes, scales: scales) : nil
    }
}
