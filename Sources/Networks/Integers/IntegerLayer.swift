import SuretyGraphs
import SuretyTensors

/// A layer of an integer network: one whose values are codes from 0 to 255, and whose results are the same on every machine.
///
/// The arithmetic is defined here, not by what a library happens to do. A product gives
///
///     code = round(float32(float32(Σ (x − zero point) · w) + bias) · scale) + zero point
///
/// limited to 0…255, where the sum is a sum of integers, `round` takes the nearest integer, with ties to even, and
/// scale = float32(float32(input's scale · weights' scale) / output's scale), as ONNX Runtime computes it. A rectifier is the
/// limit at the code 0. The operators named are those of [ONNX](https://onnx.ai/onnx/operators/) that a layer stands for.
public enum IntegerLayer: Sendable, Equatable {
    /// The nearest whole number to each element, with ties to even. ONNX: Round.
    case rounding

    /// The codes of numbers. ONNX: QuantizeLinear.
    case quantisation(Quantisation)

    /// The numbers that codes stand for. ONNX: DequantizeLinear.
    case dequantisation(Quantisation)

    /// A convolution of codes. [C, H, W] → [O, H′, W′]; weights [O, C / groups, h, w]. ONNX: DequantizeLinear, Conv,
    /// QuantizeLinear.
    case convolution(ConvolutionGeometry, Product)

    /// A matrix product of a vector of codes. [I] → [O]; weights [O, I]. ONNX: DequantizeLinear, Gemm, QuantizeLinear.
    case dense(Product)

    /// The codes of the sum of two values, given what their codes stand for. ONNX: DequantizeLinear, Add, QuantizeLinear.
    case sum(Quantisation, Quantisation, result: Quantisation)

    /// A function of each number by itself, as a table of its 256 codes. ONNX: DequantizeLinear, the function, QuantizeLinear.
    case function(CodeFunction, of: Quantisation, result: Quantisation)

    /// What a convolution or matrix product of codes multiplies by, and what its codes stand for.
    public struct Product: Sendable, Equatable {
        /// A parameter of whole numbers from −128 to 127.
        public var weights: String
        /// A parameter of whole numbers [O], in steps of the input's scale times the weights'.
        public var bias: String
        /// What 1 in the weights of each output stands for, [O].
        public var weightScales: [Float]
        /// What the codes that are read stand for.
        public var input: Quantisation
        /// What the codes that are written stand for; nil if the numbers themselves are the result, as for logits.
        public var output: Quantisation?
        /// Whether two weights of an output may together exceed 128: processors without VNNI then use slower loops.
        public var hasWideWeights: Bool

        /// - Parameters:
        ///   - weights: The name of a parameter, as is `bias`.
        ///   - output: nil for a result in numbers.
        ///   - hasWideWeights: Whether two weights of an output may together exceed 128.
        public init(
            weights: String, bias: String, weightScales: [Float], input: Quantisation, output: Quantisation?, hasWideWeights: Bool = false
        ) {
            (self.weights, self.bias, self.weightScales) = (weights, bias, weightScales)
            (self.input, self.output, self.hasWideWeights) = (input, output, hasWideWeights)
        }

        /// The factor by which a sum is multiplied, for each output.
        public var scales: [Float] {
            weightScales.map { weight in
                let unit = input.scale * weight
                return output.map { unit / $0.scale } ?? unit
            }
        }
    }

    /// What its result's codes stand for; nil if it gives numbers.
    public var result: Quantisation? {
        switch self {
        case .rounding, .dequantisation: nil
        case .quantisation(let result), .sum(_, _, let result), .function(_, _, let result): result
        case .convolution(_, let product), .dense(let product): product.output
        }
    }

    /// The names of the parameters the layer uses.
    var parameterNames: [String] {
        switch self {
        case .convolution(_, let product), .dense(let product): [product.weights, product.bias]
        case .rounding, .quantisation, .dequantisation, .sum, .function: []
        }
    }

    /// The graph node that computes the layer: `Layer.node(of:parameter:)`.
    func node(of inputs: [Node], parameter: (String) throws(GraphError) -> Node) throws(GraphError) -> Node {
        let x = inputs[0]
        switch self {
        case .rounding: return try x.rounded()
        case .quantisation(let quantisation): return try x.quantised(quantisation)
        case .dequantisation(let quantisation): return try x.dequantised(quantisation)
        case .convolution(let geometry, let product):
            return try product.node(of: x, weights: parameter(product.weights), bias: parameter(product.bias), geometry)
        case .dense(let product):
            let weights = try parameter(product.weights)
            guard x.shape.count == 2, weights.shape.count == 2 else {
                throw GraphError("weights of shape \(weights.shape) do not suit codes of shape \(x.shape)")
            }
            let pixels = try x.reshaped(to: x.shape + [1, 1])
            let result = try product.node(
                of: pixels, weights: weights.reshaped(to: weights.shape + [1, 1]), bias: parameter(product.bias),
                ConvolutionGeometry())
            return try result.reshaped(to: [x.shape[0], weights.shape[0]])
        case .sum(let left, let right, let result):
            return try x.sumOfCodes(left, and: inputs[1], right, as: result)
        case .function(let function, let argument, let result):
            return try x.lookedUp(in: function.table(of: argument, as: result))
        }
    }
}

extension IntegerLayer.Product {
    fileprivate func node(
        of x: Node, weights: Node, bias: Node, _ geometry: ConvolutionGeometry
    ) throws(GraphError) -> Node {
        let numbers = try x.integerConvolution(
            weights: weights, bias: bias, scales: scales, zeroPoint: input.zeroPoint, hasWideWeights: hasWideWeights,
            geometry: geometry)
        return try output.map { output throws(GraphError) in
            try numbers.quantised(Quantisation(scale: 1, zeroPoint: output.zeroPoint))
        } ?? numbers
    }
}

extension IntegerLayer {
    /// What kind of layer it is, in a word or two.
    var kind: String {
        switch self {
        case .rounding: "rounding"
        case .quantisation: "quantisation"
        case .dequantisation: "dequantisation"
        case .convolution: "integer convolution"
        case .dense: "integer dense"
        case .sum: "sum of codes"
        case .function(.identity, _, _): "other codes"
        case .function(.rectifier(let slope), _, _): slope == 0 ? "relu of codes" : "leaky relu of codes"
        case .function(.clip, _, _): "clip of codes"
        case .function(.real(let function), _, _): "\(function.name) of codes"
        }
    }
}
