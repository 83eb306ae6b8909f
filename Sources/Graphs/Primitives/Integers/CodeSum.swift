import SuretyTensors

/// The codes of the sum of two tensors of codes, each with its own quantisation: the residual sum of an integer network. The
/// scales' ratios are powers of two, so that the sum in single precision is exact before it is rounded.
package struct CodeSum: Primitive {
    /// What the two operands stand for.
    package let operands: [Quantisation]
    /// What the result stands for.
    package let result: Quantisation

    package var name: String { "sum of codes" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        for quantisation in operands + [result] { try quantisation.check(for: name) }
        guard ratios.count == 2, ratios.allSatisfy({ $0.significand == 1 && Self.exponents.contains(Int($0.exponent)) }) else {
            throw GraphError("\(name) needs scales whose ratios are powers of two from 2⁻⁸ to 2⁸, not \(ratios)")
        }
        return try commonShape(inputs, count: 2)
    }

    /// Each operand's scale in terms of the result's.
    package var ratios: [Float] { operands.map { $0.scale / result.scale } }

    /// Within this range, no sum has more than 24 binary digits.
    private static let exponents = -8...8

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] { throw noDerivative }
}

extension Node {
    /// The codes of the sum of what these and other codes stand for.
    ///
    /// - Throws: `GraphError` if a ratio of scales is not a power of two from 2⁻⁸ to 2⁸.
    public func sumOfCodes(
        _ quantisation: Quantisation, and other: Node, _ otherQuantisation: Quantisation, as result: Quantisation
    ) throws(GraphError) -> Node {
        try Node(CodeSum(operands: [quantisation, otherQuantisation], result: result), [self, other])
    }
}
