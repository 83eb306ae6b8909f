import SuretyTensors

/// How codes, whole numbers from 0 to 255, stand for numbers: number = scale · (code − zero point). ONNX: the scale and the zero
/// point of QuantizeLinear and DequantizeLinear with unsigned bytes.
public struct Quantisation: Sendable, Hashable {
    /// The step between neighbouring numbers; positive and finite.
    public var scale: Float
    /// The code of zero, from 0 to 255.
    public var zeroPoint: Int

    /// - Parameters:
    ///   - scale: Positive and finite.
    ///   - zeroPoint: From 0 to 255.
    public init(scale: Float, zeroPoint: Int = 0) {
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    /// What the codes can be.
    public static let codes = 0...255

    /// The code of a number: x / scale rounded to the nearest whole number (to even for ties), plus the zero point, limited
    /// to the codes. A NaN becomes 0.
    public func code(of x: Float) -> Int {
        let steps = x / scale
        let (least, greatest) = (Float(-zeroPoint), Float(255 - zeroPoint))
        let kept = steps > least ? min(steps, greatest) : least
        return Int(kept.rounded(.toNearestOrEven)) + zeroPoint
    }

    /// The number that a code stands for.
    public func number(of code: Int) -> Float { Float(code - zeroPoint) * scale }

    /// - Throws: `GraphError` when the scale is not positive and finite, or the zero point is not a code.
    func check(for name: String) throws(GraphError) {
        guard scale > 0, scale.isFinite, Self.codes.contains(zeroPoint) else {
            throw GraphError("\(name) needs a positive scale and a zero point from 0 to 255, not \(scale) and \(zeroPoint)")
        }
    }
}

/// The codes of numbers, elementwise: `Quantisation.code(of:)`.
package struct Quantiser: Primitive {
    package let quantisation: Quantisation

    package var name: String { "quantise" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        try quantisation.check(for: name)
        return try onlyShape(inputs)
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { throw noDerivative }
}

extension Primitive {
    /// Why an integer network cannot be differentiated.
    var noDerivative: GraphError {
        GraphError("\(name) has no derivative: take that of the network in floating point from which the integer one was made")
    }
}

extension Node {
    /// The codes of these numbers, from 0 to 255.
    ///
    /// - Throws: `GraphError` when the scale is not positive and finite, or the zero point is not a code.
    public func quantised(_ quantisation: Quantisation) throws(GraphError) -> Node {
        try Node(Quantiser(quantisation: quantisation), [self])
    }

    /// The numbers that these codes stand for.
    public func dequantised(_ quantisation: Quantisation) throws(GraphError) -> Node {
        try quantisation.check(for: "a dequantisation")
        return try (self - .constant(Float(quantisation.zeroPoint))) * .constant(quantisation.scale)
    }
}
