/// The ONNX operators that are read. The raw value is the operator's name in the file.
enum ONNXOperator: String, CaseIterable {
    case add = "Add"
    case averagePool = "AveragePool"
    case batchNormalisation = "BatchNormalization"
    case cast = "Cast"
    case clip = "Clip"
    case concat = "Concat"
    case constant = "Constant"
    case constantOfShape = "ConstantOfShape"
    case convolution = "Conv"
    case dequantise = "DequantizeLinear"
    case divide = "Div"
    case dropout = "Dropout"
    case flatten = "Flatten"
    case gather = "Gather"
    case gemm = "Gemm"
    case globalAveragePool = "GlobalAveragePool"
    case identity = "Identity"
    case leakyRelu = "LeakyRelu"
    case logSoftmax = "LogSoftmax"
    case matrixProduct = "MatMul"
    case maximumPool = "MaxPool"
    case multiply = "Mul"
    case pad = "Pad"
    case quantise = "QuantizeLinear"
    case reduceMean = "ReduceMean"
    case relu = "Relu"
    case reshape = "Reshape"
    case round = "Round"
    case shape = "Shape"
    case sigmoid = "Sigmoid"
    case slice = "Slice"
    case softmax = "Softmax"
    case squeeze = "Squeeze"
    case subtract = "Sub"
    case tanh = "Tanh"
    case transpose = "Transpose"
    case unsqueeze = "Unsqueeze"
}

extension ONNXGraph {
    /// What `node` computes: layers added to the network, or a constant folded.
    mutating func result(of node: ONNXNode) throws(ONNXError) -> ONNXValue {
        guard let operation = ONNXOperator(rawValue: node.operation) else {
            let known = ONNXOperator.allCases.map(\.rawValue).joined(separator: ", ")
            throw node.unsupported("the operator is not supported; export the model with these only: \(known)")
        }
        return switch operation {
        case .add: try arithmetic(.add, node)
        case .averagePool: try averagePool(node)
        case .batchNormalisation: try batchNormalisation(node)
        case .cast: try cast(node)
        case .clip: try clip(node)
        case .concat: try concat(node)
        case .constant: try constant(node)
        case .constantOfShape: try constantOfShape(node)
        case .convolution: try convolution(node)
        case .dequantise: try dequantise(node)
        case .divide: try arithmetic(.divide, node)
        case .dropout: try dropout(node)
        case .flatten: try flatten(node)
        case .gather: try gather(node)
        case .gemm: try gemm(node)
        case .globalAveragePool: try globalAveragePool(node)
        case .identity: try identity(node)
        case .leakyRelu: try leakyRelu(node)
        case .logSoftmax: try softmax(node, layer: Layer.logSoftmax)
        case .matrixProduct: try matrixProduct(node)
        case .maximumPool: try maximumPool(node)
        case .multiply: try arithmetic(.multiply, node)
        case .pad: try pad(node)
        case .quantise: try quantise(node)
        case .reduceMean: try reduceMean(node)
        case .relu: try activation(.relu, node)
        case .reshape: try reshape(node)
        case .round: try activation(.integer(.rounding), node)
        case .shape: try shape(node)
        case .sigmoid: try activation(.sigmoid, node)
        case .slice: try slice(node)
        case .softmax: try softmax(node, layer: Layer.softmax)
        case .squeeze: try squeeze(node)
        case .subtract: try arithmetic(.subtract, node)
        case .tanh: try activation(.tanh, node)
        case .transpose: try transpose(node)
        case .unsqueeze: try unsqueeze(node)
        }
    }
}
