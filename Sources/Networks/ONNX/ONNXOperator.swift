/// The ONNX operators that are read. The raw value is the operator's name in the file.
enum ONNXOperator: String, CaseIterable {
    case absolute = "Abs"
    case add = "Add"
    case averagePool = "AveragePool"
    case batchNormalisation = "BatchNormalization"
    case cast = "Cast"
    case celu = "Celu"
    case clip = "Clip"
    case concat = "Concat"
    case constant = "Constant"
    case constantOfShape = "ConstantOfShape"
    case convolution = "Conv"
    case cosine = "Cos"
    case cumulativeSum = "CumSum"
    case depthToSpace = "DepthToSpace"
    case dequantise = "DequantizeLinear"
    case divide = "Div"
    case dropout = "Dropout"
    case einsum = "Einsum"
    case elu = "Elu"
    case equal = "Equal"
    case errorFunction = "Erf"
    case expand = "Expand"
    case exponential = "Exp"
    case flatten = "Flatten"
    case gather = "Gather"
    case gelu = "Gelu"
    case gemm = "Gemm"
    case globalAveragePool = "GlobalAveragePool"
    case globalMaximumPool = "GlobalMaxPool"
    case greater = "Greater"
    case greaterOrEqual = "GreaterOrEqual"
    case groupNormalisation = "GroupNormalization"
    case hardSigmoid = "HardSigmoid"
    case hardSwish = "HardSwish"
    case identity = "Identity"
    case instanceNormalisation = "InstanceNormalization"
    case layerNormalisation = "LayerNormalization"
    case leakyRelu = "LeakyRelu"
    case less = "Less"
    case linearClassifier = "LinearClassifier"
    case lessOrEqual = "LessOrEqual"
    case localResponseNormalisation = "LRN"
    case logarithm = "Log"
    case logSoftmax = "LogSoftmax"
    case lpPool = "LpPool"
    case matrixProduct = "MatMul"
    case maximum = "Max"
    case maximumPool = "MaxPool"
    case mean = "Mean"
    case minimum = "Min"
    case mish = "Mish"
    case multiply = "Mul"
    case negative = "Neg"
    case normaliser = "Normalizer"
    case not = "Not"
    case pad = "Pad"
    case parametricRelu = "PRelu"
    case power = "Pow"
    case quantise = "QuantizeLinear"
    case range = "Range"
    case reciprocal = "Reciprocal"
    case reduceMagnitudes = "ReduceL1"
    case reduceMaximum = "ReduceMax"
    case reduceMean = "ReduceMean"
    case reduceMinimum = "ReduceMin"
    case reduceProduct = "ReduceProd"
    case reduceRoot = "ReduceL2"
    case reduceSquares = "ReduceSumSquare"
    case reduceSum = "ReduceSum"
    case relu = "Relu"
    case remainder = "Mod"
    case reshape = "Reshape"
    case resize = "Resize"
    case rootMeanSquareNormalisation = "RMSNormalization"
    case round = "Round"
    case scaler = "Scaler"
    case scatter = "ScatterND"
    case selu = "Selu"
    case shape = "Shape"
    case sigmoid = "Sigmoid"
    case sign = "Sign"
    case sine = "Sin"
    case slice = "Slice"
    case softmax = "Softmax"
    case softPlus = "Softplus"
    case softSign = "Softsign"
    case spaceToDepth = "SpaceToDepth"
    case split = "Split"
    case squareRoot = "Sqrt"
    case squeeze = "Squeeze"
    case subtract = "Sub"
    case sum = "Sum"
    case swish = "Swish"
    case tanh = "Tanh"
    case thresholdedRelu = "ThresholdedRelu"
    case tile = "Tile"
    case transpose = "Transpose"
    case transposedConvolution = "ConvTranspose"
    case unsqueeze = "Unsqueeze"
    case upsample = "Upsample"
    case choice = "Where"

    /// The domain to which the operator belongs.
    var domain: String {
        switch self {
        case .linearClassifier, .normaliser, .scaler: "ai.onnx.ml"
        default: ""
        }
    }
}

extension ONNXGraph {
    /// What `node` computes, with an element for each output: it adds layers to the network, or folds constants; nil for an
    /// output that is not computed.
    mutating func results(of node: ONNXNode) throws(ONNXError) -> [ONNXValue?] {
        switch ONNXOperator(rawValue: node.operation) {
        case .split: try split(node)
        case .linearClassifier: try linearClassifier(node)
        default: [try result(of: node)]
        }
    }

    private mutating func result(of node: ONNXNode) throws(ONNXError) -> ONNXValue {
        guard let operation = ONNXOperator(rawValue: node.operation) else { throw refusal(of: node) }
        return switch operation {
        case .absolute: try activation(.leakyRelu(slope: -1), node)
        case .add: try arithmetic(.add, node)
        case .averagePool: try averagePool(node)
        case .batchNormalisation: try batchNormalisation(node)
        case .cast: try cast(node)
        case .celu: try continuousExponentialLinearUnit(node)
        case .choice: try choice(node)
        case .clip: try clip(node)
        case .concat: try concat(node)
        case .constant: try constant(node)
        case .constantOfShape: try constantOfShape(node)
        case .convolution: try convolution(node)
        case .cosine: try activation(.function(.cosine), node)
        case .cumulativeSum: try cumulativeSum(node)
        case .depthToSpace: try depthToSpace(node, isInverse: false)
        case .dequantise: try dequantise(node)
        case .divide: try arithmetic(.divide, node)
        case .dropout: try dropout(node)
        case .einsum: try einsum(node)
        case .elu: try exponentialLinearUnit(node)
        case .equal: try equal(node)
        case .errorFunction: try activation(.function(.errorFunction), node)
        case .expand: try expand(node)
        case .exponential: try activation(.function(.exponential), node)
        case .flatten: try flatten(node)
        case .gather: try gather(node)
        case .gelu: try gelu(node)
        case .gemm: try gemm(node)
        case .globalAveragePool: try globalAveragePool(node)
        case .globalMaximumPool: try globalPool(.maximum, node)
        case .greater: try greater(node)
        case .greaterOrEqual: try greater(node, orEqual: true)
        case .groupNormalisation: try groupNormalisation(node)
        case .hardSigmoid: try hardSigmoid(node)
        case .hardSwish: try activation(.function(.hardSwish), node)
        case .identity: try identity(node)
        case .instanceNormalisation: try instanceNormalisation(node)
        case .layerNormalisation: try layerNormalisation(node)
        case .leakyRelu: try leakyRelu(node)
        case .less: try greater(node, isExchanged: true)
        case .lessOrEqual: try greater(node, isExchanged: true, orEqual: true)
        case .localResponseNormalisation: try localResponseNormalisation(node)
        case .logarithm: try activation(.function(.logarithm), node)
        case .logSoftmax: try softmax(node, layer: Layer.logSoftmax)
        case .lpPool: try lpPool(node)
        case .matrixProduct: try matrixProduct(node)
        case .maximum: try extremum(.maximum, node)
        case .maximumPool: try maximumPool(node)
        case .mean: try combination(isMean: true, node)
        case .minimum: try extremum(.minimum, node)
        case .mish: try mish(node)
        case .multiply: try arithmetic(.multiply, node)
        case .negative: try negative(node)
        case .normaliser: try normaliser(node)
        case .not: try not(node)
        case .pad: try pad(node)
        case .parametricRelu: try parametricRelu(node)
        case .power: try power(node)
        case .quantise: try quantise(node)
        case .range: try range(node)
        case .reciprocal: try reciprocal(node)
        case .reduceMagnitudes: try reduce(.sumOfMagnitudes, node)
        case .reduceMaximum: try reduce(.maximum, node)
        case .reduceMean: try reduce(.mean, node)
        case .reduceMinimum: try reduce(.minimum, node)
        case .reduceProduct: try productOfSizes(node)
        case .reduceRoot: try reduce(.rootOfSquares, node)
        case .reduceSquares: try reduce(.sumOfSquares, node)
        case .reduceSum: try reduce(.sum, node)
        case .relu: try activation(.relu, node)
        case .remainder: try remainder(node)
        case .reshape: try reshape(node)
        case .resize, .upsample: try resize(node)
        case .rootMeanSquareNormalisation: try rootMeanSquareNormalisation(node)
        case .round: try activation(.integer(.rounding), node)
        case .scaler: try scaler(node)
        case .scatter: try scatter(node)
        case .selu: try scaledExponentialLinearUnit(node)
        case .shape: try shape(node)
        case .sigmoid: try activation(.sigmoid, node)
        case .sign: try activation(.function(.sign), node)
        case .sine: try activation(.function(.sine), node)
        case .slice: try slice(node)
        case .softmax: try softmax(node, layer: Layer.softmax)
        case .softPlus: try activation(.function(.softPlus), node)
        case .softSign: try softSign(node)
        case .spaceToDepth: try depthToSpace(node, isInverse: true)
        case .split, .linearClassifier: throw node.error("it has several outputs")
        case .squareRoot: try activation(.function(.squareRoot), node)
        case .squeeze: try squeeze(node)
        case .subtract: try arithmetic(.subtract, node)
        case .sum: try combination(isMean: false, node)
        case .swish: try swish(node)
        case .tanh: try activation(.tanh, node)
        case .thresholdedRelu: try thresholdedRelu(node)
        case .tile: try tile(node)
        case .transpose: try transpose(node)
        case .transposedConvolution: try transposedConvolution(node)
        case .unsqueeze: try unsqueeze(node)
        }
    }

    /// Why an operator is not read, in words that the model's author would use.
    private func refusal(of node: ONNXNode) -> ONNXError {
        switch node.operation {
        case "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial":
            node.unsupported("""
                the model draws random numbers; a certificate needs a fixed function: remove its noise, Surety adds its own
                """)
        case "If", "Loop", "Scan":
            node.unsupported("control flow is not supported; export the model with torch.jit.trace, or without branches")
        case "LSTM", "GRU", "RNN": node.unsupported("recurrent layers are not supported")
        case "ArgMax", "ArgMin":
            node.unsupported("the model answers with a class alone; export it with the scores before ArgMax as its output")
        case "TopK", "Sort": node.unsupported("sorting values of the image is not supported")
        case "NonMaxSuppression", "RoiAlign": node.unsupported("object detection is not supported; Surety is for classifiers")
        case let name where name.hasPrefix("String") || name == "TfIdfVectorizer" || name == "RegexFullMatch":
            node.unsupported("text is not supported; Surety is for images")
        default:
            node.unsupported("""
                the operator is not supported; docs/onnx.md lists those that are. An operator on constants alone can be folded by \
                ONNX Runtime: SessionOptions with ORT_ENABLE_BASIC and optimized_model_filepath
                """)
        }
    }
}
