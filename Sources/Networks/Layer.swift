import SuretyGraphs

/// One layer of a classifier: what it computes, and which of the network's parameters it uses, by name.
///
/// The enumeration is closed on purpose. Code that derives something from networks (a graph, a file, a bound) switches over
/// all cases without a `default`, so a new layer does not compile until every derivation handles it.
///
/// Shapes are per image: every value of a network has the batch as a further, outermost axis, no
/// layer mixes the images of a batch, and axes are counted without it (axis 0 is the first after the
/// batch). Spatial pairs are [vertical, horizontal]. The operator named is the one of
/// [ONNX](https://onnx.ai/onnx/operators/) that the layer stands for.
public enum Layer: Sendable, Equatable {
    /// The image itself, in [0, 1]: the vertex every network begins with. No inputs.
    case image

    /// (x − mean) / standard deviation for each index of the first axis; both parameters have the shape [C]. It is put in
    /// front of a model trained on normalised pixels. ONNX: Sub and Div.
    case normalisation(mean: String, standardDeviation: String)

    /// Two-dimensional cross-correlation. [C, H, W] → [O, H′, W′]; weights [O, C / groups, h, w], bias [O].
    /// ONNX: Conv.
    case convolution(ConvolutionGeometry, weights: String, bias: String?)

    /// y = W x + b along the last axis. [..., I] → [..., O]; weights [O, I], bias [O]. ONNX: Gemm, MatMul.
    case dense(weights: String, bias: String?)

    /// Batch normalisation with the statistics of training, along the first axis; all parameters have
    /// the shape [C]. ONNX: BatchNormalization.
    case batchNormalisation(BatchNormalisation)

    /// Two values of the network combined elementwise, with NumPy's broadcasting. ONNX: Add, Sub, Mul, Div.
    case arithmetic(Arithmetic)

    /// A value combined elementwise with a parameter, which has no batch axis and is broadcast as
    /// NumPy does. ONNX: Add, Sub, Mul, Div with an initialiser.
    case arithmeticWithParameter(Arithmetic, operand: String, side: Side)

    /// While training, each element, or each channel, is set to 0 with some probability; at inference it does nothing, and it
    /// is not written to files. ONNX: Dropout.
    case dropout(Dropout)

    /// max(x, 0). ONNX: Relu.
    case relu

    /// x where positive and slope · x elsewhere. ONNX: LeakyRelu.
    case leakyRelu(slope: Float)

    /// Each element limited to an interval. ONNX: Clip.
    case clip(ClosedRange<Float>)

    /// A function of each element. ONNX: Sigmoid, Tanh, Gelu, HardSwish, Exp and their like.
    case function(ElementFunction)

    /// Positive numbers that sum to 1 along an axis. ONNX: Softmax.
    case softmax(axis: Int)

    /// x − log Σ eˣ along an axis: the logarithm of softmax, even where softmax itself underflows. ONNX: LogSoftmax.
    case logSoftmax(axis: Int)

    /// The largest element of each window; padding never wins. [C, H, W] → [C, H′, W′]. ONNX: MaxPool.
    case maximumPool(Window)

    /// The mean of each window, with or without the padding's zeros in the count.
    /// [C, H, W] → [C, H′, W′]. ONNX: AveragePool.
    case averagePool(Window, countsPadding: Bool)

    /// The mean over some axes, which vanish unless they are kept with extent 1.
    /// ONNX: ReduceMean, GlobalAveragePool.
    case mean(axes: [Int], keepsDimensions: Bool)

    /// The same elements in row-major order under another shape. ONNX: Reshape, Flatten, Squeeze, Unsqueeze.
    case reshape(to: [Int])

    /// Axis i of the result is axis `permutation[i]` of the input. ONNX: Transpose.
    case transpose(permutation: [Int])

    /// Several values one after another along an axis. ONNX: Concat.
    case concatenation(axis: Int)

    /// The elements from `start` to before `end`, every `step`-th, on each axis. ONNX: Slice, Gather.
    case slice(start: [Int], end: [Int], step: [Int])

    /// The elements at some places along an axis, in that order, perhaps more than once. ONNX: Gather, Slice backwards, Pad by
    /// reflection, Resize to the nearest.
    case selection(axis: Int, places: [Int])

    /// A value added around the elements of each axis. ONNX: Pad.
    case padding(before: [Int], after: [Int], value: Float)

    /// The matrix product of two values along their last two axes, for each index of those before them.
    /// [..., M, K], [..., K, N] → [..., M, N]. ONNX: MatMul.
    case matrixProduct

    /// A layer of an integer network. ONNX: DequantizeLinear, an operator, QuantizeLinear.
    case integer(IntegerLayer)
}

extension Layer {
    /// An elementwise operation on two operands.
    public enum Arithmetic: String, Sendable, Equatable {
        /// The sum, difference, product or quotient of left and right.
        case add, subtract, multiply, divide
    }

    /// On which side of the operator a parameter stands.
    public enum Side: Sendable, Equatable {
        /// The parameter is the left or the right operand.
        case left, right
    }

    /// y = scale (x − mean) / √(variance + epsilon) + shift, each a parameter of shape [C].
    /// Ioffe and Szegedy, Batch Normalization, 2015, algorithm 2.
    public struct BatchNormalisation: Sendable, Equatable {
        /// The parameter γ, [C].
        public var scale: String
        /// The parameter β, [C].
        public var shift: String
        /// The running mean, [C].
        public var mean: String
        /// The running variance, [C].
        public var variance: String
        /// Keeps the root away from 0.
        public var epsilon: Float

        /// - Parameters:
        ///   - scale: The name of a parameter, as are the three that follow.
        ///   - epsilon: Added to the variance under the root.
        public init(scale: String, shift: String, mean: String, variance: String, epsilon: Float) {
            self.scale = scale
            self.shift = shift
            self.mean = mean
            self.variance = variance
            self.epsilon = epsilon
        }
    }

    /// x · mask / (1 − rate) while training, with a mask of ones and, with probability `rate`, zeros; x at inference.
    /// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, Dropout, 2014, section 10: inverted dropout.
    public struct Dropout: Sendable, Equatable {
        /// What is dropped or kept as a whole.
        public enum Unit: Sendable, Equatable {
            /// Each value by itself.
            case element
            /// All values of an index of the first axis: PyTorch's Dropout2d.
            case channel
        }

        /// The probability of being dropped, in [0, 1).
        public var rate: Float
        /// What is dropped or kept as a whole.
        public var unit: Unit

        /// - Parameter rate: In [0, 1); other rates are refused when the graph is built.
        public init(rate: Float, unit: Unit = .element) {
            self.rate = rate
            self.unit = unit
        }
    }

    /// 1 / (1 + e⁻ˣ).
    public static let sigmoid = Layer.function(.sigmoid)

    /// The hyperbolic tangent.
    public static let tanh = Layer.function(.tanh)

    /// The names of the parameters the layer uses.
    public var parameterNames: [String] {
        switch self {
        case .normalisation(let mean, let standardDeviation): [mean, standardDeviation]
        case .convolution(_, let weights, let bias), .dense(let weights, let bias): [weights] + [bias].compactMap(\.self)
        case .batchNormalisation(let it): [it.scale, it.shift, it.mean, it.variance]
        case .arithmeticWithParameter(_, let operand, _): [operand]
        case .integer(let layer): layer.parameterNames
        case .image, .arithmetic, .dropout, .relu, .leakyRelu, .clip, .function, .softmax, .logSoftmax,
            .maximumPool, .averagePool, .mean, .reshape, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct:
            []
        }
    }

    /// The layer with other names for its parameters, where it has at most two.
    func renamingParameters(_ name: (String) -> String) -> Layer {
        switch self {
        case .normalisation(let mean, let deviation): .normalisation(mean: name(mean), standardDeviation: name(deviation))
        case .arithmeticWithParameter(let operation, let operand, let side):
            .arithmeticWithParameter(operation, operand: name(operand), side: side)
        default: self
        }
    }

    /// Whether the result is the input's memory, read in another way.
    var isView: Bool {
        switch self {
        case .reshape, .dropout: true
        default: false
        }
    }

    /// Whether each element of the result depends only on the elements in its place.
    var isElementwise: Bool {
        switch self {
        case .arithmetic, .arithmeticWithParameter, .dropout, .relu, .leakyRelu, .clip, .function, .integer(.rounding): true
        case .image, .normalisation, .convolution, .dense, .batchNormalisation, .softmax, .logSoftmax, .maximumPool, .averagePool,
            .mean, .reshape, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            false
        }
    }

    /// How many inputs the layer takes; a concatenation any number from 1.
    public var inputCounts: ClosedRange<Int> {
        switch self {
        case .image: 0...0
        case .arithmetic, .matrixProduct, .integer(.sum): 2...2
        case .concatenation: 1...Int.max
        case .normalisation, .convolution, .dense, .batchNormalisation, .arithmeticWithParameter, .dropout, .relu,
            .leakyRelu, .clip, .function, .softmax, .logSoftmax, .maximumPool, .averagePool, .mean, .reshape, .transpose, .slice,
            .selection, .padding, .integer:
            1...1
        }
    }
}
