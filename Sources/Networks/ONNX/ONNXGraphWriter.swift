internal import Foundation
import SuretyGraphs
import SuretyTensors
internal import SwiftProtobuf

/// An ONNX graph being written: a node or a few per layer.
struct ONNXGraphWriter {
    let network: Network
    private var graph = Onnx_GraphProto()
    /// The name of each vertex's value; the first is the image's.
    private var values = ["input"]
    /// What each vertex's codes stand for; nil for numbers.
    private var quantisations: [Quantisation?] = [nil]
    private var taken: Set<String>

    init(_ network: Network) {
        self.network = network
        taken = Set(network.parameters.keys).union(["input", "logits"])
        graph.name = "classifier"
        let types = network.integerParameters
        for (name, tensor) in network.parameters.sorted(by: { $0.key < $1.key }) {
            addInitialiser(name, tensor, as: types[name] ?? .float)
        }
        graph.input = [.with(name: "input", shape: network.imageShape)]
        graph.output = [.with(name: "logits", shape: [network.classCount])]
    }

    /// The graph, its last value given the name of the output.
    func finished() -> Onnx_GraphProto {
        var graph = graph
        graph.node.append(
            .with {
                $0.opType = "Identity"
                $0.input = [values[values.count - 1]]
                $0.output = ["logits"]
            })
        return graph
    }

    /// Adds the nodes of the next vertex.
    mutating func write(_ vertex: Network.Vertex) throws(ONNXError) {
        let inputs = vertex.inputs.map { values[$0] }
        let shape = network.vertices[vertex.inputs[0]].shape
        if let quantisation = quantisations[vertex.inputs[0]], vertex.layer.movesCodes {
            // Codes are moved as the numbers they stand for, the form that ONNX Runtime recognises.
            let numbers = inputs.map { dequantised($0, quantisation) }
            let moved = try value(of: vertex.layer, numbers, shape: shape, name: vertex.name)
            values.append(quantised(moved, quantisation))
            quantisations.append(quantisation)
        } else {
            values.append(try value(of: vertex.layer, inputs, shape: shape, name: vertex.name))
            if case .integer(let layer) = vertex.layer { quantisations.append(layer.result) } else { quantisations.append(nil) }
        }
    }

    /// The name of the value that nodes added for `layer` compute; `shape` is that of its first input.
    private mutating func value(
        of layer: Layer, _ inputs: [String], shape: [Int], name: String
    ) throws(ONNXError) -> String {
        switch layer {
        case .image, .dropout:
            return inputs[0]
        case .normalisation(let mean, let standardDeviation):
            let perChannel = integers([shape[0]] + shape.dropFirst().map { _ in 1 })
            let centred = add("Sub", [inputs[0], add("Reshape", [mean, perChannel])])
            return add("Div", [centred, add("Reshape", [standardDeviation, perChannel])])
        case .convolution(let geometry, let weights, let bias):
            return add("Conv", inputs + [weights] + [bias].compactMap(\.self), geometry.attributes)
        case .dense(let weights, let bias):
            if shape.count == 1 { return add("Gemm", inputs + [weights] + [bias].compactMap(\.self), .integer("transB", 1)) }
            let product = add("MatMul", inputs + [add("Transpose", [weights], .list("perm", [1, 0]))])
            return bias.map { add("Add", [product, $0]) } ?? product
        case .batchNormalisation(let it):
            return add("BatchNormalization", inputs + [it.scale, it.shift, it.mean, it.variance], .number("epsilon", it.epsilon))
        case .arithmetic(let operation):
            return add(operation.onnxName, inputs)
        case .arithmeticWithParameter(let operation, let operand, let side):
            return add(operation.onnxName, side == .right ? inputs + [operand] : [operand] + inputs)
        case .relu:
            return add("Relu", inputs)
        case .leakyRelu(let slope):
            return add("LeakyRelu", inputs, .number("alpha", slope))
        case .clip(let bounds):
            return add("Clip", inputs + [number(bounds.lowerBound), number(bounds.upperBound)])
        case .function(let function):
            return value(of: function, inputs[0])
        case .softmax(let axis):
            return add("Softmax", inputs, .integer("axis", axis + 1))
        case .logSoftmax(let axis):
            return add("LogSoftmax", inputs, .integer("axis", axis + 1))
        case .maximumPool(let window):
            return add("MaxPool", inputs, window.attributes + [.list("dilations", window.dilation)])
        case .averagePool(let window, let countsPadding):
            guard window.dilation == [1, 1] else {
                throw ONNXError(.unsupported, at: "layer \(quoted(name))", """
                    an average pool with dilation cannot be written in opset \(ONNXWriter.opset)
                    """)
            }
            return add("AveragePool", inputs, window.attributes + [.integer("count_include_pad", countsPadding ? 1 : 0)])
        case .mean(let axes, let keepsDimensions):
            if axes.isEmpty { return inputs[0] }
            return add("ReduceMean", inputs, .list("axes", axes.map { $0 + 1 }), .integer("keepdims", keepsDimensions ? 1 : 0))
        case .reshape(let shape):
            return add("Reshape", inputs + [integers([0] + shape)])  // 0 copies the batch size
        case .transpose(let permutation):
            return add("Transpose", inputs, .list("perm", [0] + permutation.map { $0 + 1 }))
        case .concatenation(let axis):
            return add("Concat", inputs, .integer("axis", axis + 1))
        case .slice(let start, let end, let step):
            if start.isEmpty { return inputs[0] }
            let axes = integers(Array(1...start.count))
            return add("Slice", inputs + [integers(start), integers(end), axes, integers(step)])
        case .selection(let axis, let places):
            return add("Gather", inputs + [integers(places)], .integer("axis", axis + 1))
        case .matrixProduct:
            return add("MatMul", inputs)
        case .padding(let before, let after, let value):
            return add("Pad", inputs + [integers([0] + before + [0] + after), number(value)])
        case .integer(let layer):
            return value(of: layer, inputs)
        }
    }

    /// The name of a function's value; if the opset lacks the function, it is made from others.
    mutating func value(of function: ElementFunction, _ x: String) -> String {
        switch function {
        case .exponential: return add("Exp", [x])
        case .logarithm: return add("Log", [x])
        case .squareRoot: return add("Sqrt", [x])
        case .sigmoid: return add("Sigmoid", [x])
        case .tanh: return add("Tanh", [x])
        case .errorFunction: return add("Erf", [x])
        case .sign: return add("Sign", [x])
        case .softPlus: return add("Softplus", [x])
        case .sigmoidLinearUnit: return add("Mul", [x, add("Sigmoid", [x])])
        case .gaussianLinearUnit:
            let half = add("Mul", [x, number(0.5)])
            let normal = add("Erf", [add("Mul", [x, number(Float(0.5.squareRoot()))])])
            return add("Mul", [half, add("Add", [normal, number(1)])])
        case .gaussianLinearUnitByTanh:
            let cube = add("Mul", [add("Mul", [add("Mul", [x, x]), x]), number(0.044715)])
            let argument = add("Mul", [add("Add", [x, cube]), number(Float((2 / Double.pi).squareRoot()))])
            return add("Mul", [add("Mul", [x, number(0.5)]), add("Add", [add("Tanh", [argument]), number(1)])])
        case .hardSwish:
            return add("Mul", [x, add("HardSigmoid", [x], .number("alpha", 1 / 6), .number("beta", 0.5))])
        case .exponentialLinearUnit(let scale): return add("Elu", [x], .number("alpha", scale))
        case .power(let exponent): return add("Pow", [x, number(exponent)])
        case .sine: return add("Sin", [x])
        case .cosine: return add("Cos", [x])
        }
    }

    /// Adds a node and returns the name of its value.
    mutating func add(_ operation: String, _ inputs: [String], _ attributes: Onnx_AttributeProto...) -> String {
        add(operation, inputs, attributes)
    }

    mutating func add(_ operation: String, _ inputs: [String], _ attributes: [Onnx_AttributeProto]) -> String {
        let value = unused("\(operation.lowercased())\(graph.node.count)")
        graph.node.append(
            .with {
                $0.name = value
                $0.opType = operation
                $0.input = inputs
                $0.output = [value]
                $0.attribute = attributes
            })
        return value
    }

    /// The name of a new initialiser that lists integers, such as a shape.
    private mutating func integers(_ values: [Int]) -> String {
        let name = unused("integers\(graph.initializer.count)")
        graph.initializer.append(
            .with {
                $0.name = name
                $0.dataType = ONNXElementType.int64.rawValue
                $0.dims = [Int64(values.count)]
                $0.rawData = values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
            })
        return name
    }

    /// The name of a new initialiser that holds one number.
    private mutating func number(_ value: Float) -> String { constant(Tensor(scalar: value)) }

    /// The name of a new initialiser that holds these numbers.
    mutating func constant(_ tensor: Tensor, as type: ONNXElementType = .float) -> String {
        let name = unused("number\(graph.initializer.count)")
        addInitialiser(name, tensor, as: type)
        return name
    }

    private mutating func addInitialiser(_ name: String, _ tensor: Tensor, as type: ONNXElementType) {
        graph.initializer.append(
            .with {
                $0.name = name
                $0.dataType = type.rawValue
                $0.dims = tensor.shape.map(Int64.init)
                $0.rawData = tensor.values.data(as: type)
            })
    }

    /// `name`, changed if a value or parameter already has it.
    private mutating func unused(_ name: String) -> String {
        var candidate = name
        while !taken.insert(candidate).inserted { candidate += "_" }
        return candidate
    }
}

extension [Float] {
    /// The bytes of these numbers; for a type of integers, they are whole.
    fileprivate func data(as type: ONNXElementType) -> Data {
        func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> Data { values.map(\.littleEndian).withUnsafeBytes { Data($0) } }
        return switch type {
        case .uint8: bytes(map { UInt8(clamping: Int($0)) })
        case .int8: bytes(map { Int8(clamping: Int($0)) })
        case .int32: bytes(map { Int32(clamping: Int($0)) })
        case .int64: bytes(map { Int64($0) })
        case .float, .float16, .double, .bfloat16, .bool: bytes(map(\.bitPattern))
        }
    }
}

extension ConvolutionGeometry {
    var attributes: [Onnx_AttributeProto] {
        [
            .list("dilations", dilation), .integer("group", groups), .list("pads", paddingBefore + paddingAfter),
            .list("strides", strides),
        ]
    }
}

extension Layer.Arithmetic {
    fileprivate var onnxName: String {
        switch self {
        case .add: "Add"
        case .subtract: "Sub"
        case .multiply: "Mul"
        case .divide: "Div"
        }
    }
}

extension Window {
    fileprivate var attributes: [Onnx_AttributeProto] {
        [.list("kernel_shape", size), .list("strides", strides), .list("pads", paddingBefore + paddingAfter)]
    }
}

extension Onnx_AttributeProto {
    static func integer(_ name: String, _ value: Int) -> Self {
        .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
    }

    static func list(_ name: String, _ values: [Int]) -> Self {
        .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
    }

    static func number(_ name: String, _ value: Float) -> Self {
        .with { ($0.name, $0.type, $0.f) = (name, .float, value) }
    }
}

extension Onnx_ValueInfoProto {
    /// A declaration of [batch] + `shape`.
    fileprivate static func with(name: String, shape: [Int]) -> Self {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = ONNXElementType.float.rawValue
            $0.type.tensorType.shape.dim =
                [.with { $0.dimParam = "batch" }] + shape.map { extent in .with { $0.dimValue = Int64(extent) } }
        }
    }
}
