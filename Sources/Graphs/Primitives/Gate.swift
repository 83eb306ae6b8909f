import SuretyTensors

/// An end of an interval, made safe for comparisons and never moved inward: NaN and infinities become −∞ (`down`, a lower
/// end) or ∞ (`up`, an upper end), and numbers too small for full precision move outward to 0 or ±2⁻¹²⁶. Processors that take
/// such numbers for zero then see the same as those that keep them.
///
/// Its derivative is that of the identity: for all other numbers it is the identity.
package enum Gate: String, Primitive {
    case down, up

    package var name: String { "gate \(rawValue)" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try onlyShape(inputs) }

    package func pullback(_ cotangent: Node, of output: Node) -> [Node?] { [cotangent] }

    /// Uses only the bits: if the processor takes small numbers for zero, comparisons cannot tell them apart.
    package func callAsFunction(_ x: Float) -> Float {
        let (sign, magnitude) = (x.bitPattern & 0x8000_0000, x.bitPattern & 0x7fff_ffff)
        let isOutward = (sign != 0) == (self == .down)
        let outermost = self == .down ? -Float.infinity : .infinity
        let least = self == .down ? -Float.leastNormalMagnitude : .leastNormalMagnitude
        let small = magnitude != 0 && isOutward ? least : 0
        return magnitude >= 0x7f80_0000 ? outermost : magnitude < 0x0080_0000 ? small : x
    }

    /// Among the numbers that the gate leaves unchanged, the nearest one to `x` in this direction.
    package func callAsFunction(_ x: Double) -> Float {
        let nearest = Float(x)
        switch self {
        case .down: return self(Double(nearest) > x ? nearest.nextDown : nearest)
        case .up: return self(Double(nearest) < x ? nearest.nextUp : nearest)
        }
    }
}

extension Node {
    /// Each element as the end of an interval in this direction: see `Gate`.
    package func passed(_ gate: Gate) throws(GraphError) -> Node { try Node(gate, [self]) }
}
