import SuretyTensors

/// A convolution in integers: the numbers
///
///     float32(float32(Σ (x − zero point) · w) + bias) · scale
///
/// of codes x [N, in, H, W], whole weights w [out, in/groups, kh, kw] from −128 to 127, a bias [out] and a scale for each output
/// channel. The sum is a sum of integers, and each operation after it rounds once to single precision: two machines cannot do
/// anything differently. Outside the image, codes are the zero point.
///
/// The kernel also rounds the result to codes if `output` says so.
package struct IntegerConvolution: Primitive {
    /// What is stored.
    package enum Output: Sendable, Equatable {
        /// The numbers.
        case numbers
        /// Their codes at scale 1 and this zero point, 0 or 128.
        case codes(zeroPoint: Int)
    }

    package let geometry: ConvolutionGeometry
    package let zeroPoint: Int
    package let scales: [Float]
    /// Whether two weights of an output may together exceed 128. If so, processors without VNNI cannot add their products in
    /// 16 bits, and convolve by plain loops that give the same numbers.
    package let hasWideWeights: Bool
    package var output = Output.numbers

    package var name: String { "integer convolution" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 3 else { throw GraphError("an integer convolution needs an image, weights and a bias") }
        let result = try geometry.outputShape(image: inputs[0], weights: inputs[1])
        guard inputs[2] == [result[1]], scales.count == result[1] else {
            throw GraphError("an integer convolution to \(result[1]) channels needs as many biases and scales")
        }
        guard Quantisation.codes.contains(zeroPoint), scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw GraphError("an integer convolution needs a zero point from 0 to 255, and scales that are positive")
        }
        return result
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { throw noDerivative }
}

extension Node {
    /// The numbers float32(float32(Σ (x − zero point) · w) + bias) · scale of these codes x [N, in, H, W].
    ///
    /// - Parameters:
    ///   - weights: Whole numbers from −128 to 127, [out, in/groups, kh, kw].
    ///   - bias: [out].
    ///   - scales: One for each output channel.
    ///   - hasWideWeights: Whether two weights of an output may together exceed 128.
    public func integerConvolution(
        weights: Node, bias: Node, scales: [Float], zeroPoint: Int = 0, hasWideWeights: Bool = false,
        geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) throws(GraphError) -> Node {
        let convolution = IntegerConvolution(
            geometry: geometry, zeroPoint: zeroPoint, scales: scales, hasWideWeights: hasWideWeights)
        return try Node(convolution, [self, weights, bias])
    }
}
