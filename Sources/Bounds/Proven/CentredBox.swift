import SuretyGraphs

/// A box as centre and radius, with the size |x| may have in it.
struct CentredBox {
    let center: Node
    let radius: Node
    let size: Node

    /// The box enlarged by what rounding may have lost: a few units in the last place, and numbers that the processor may
    /// have taken for zero.
    init(_ box: IntervalPropagation.Box) throws(GraphError) {
        center = try (box.low + box.high) * .constant(0.5)
        radius = try (box.high - box.low) * .constant(0.5 + 0x1p-20) + center.magnitude * .constant(0x1p-20)
            + .constant(Rounding.smallest)
        size = try (center.magnitude + radius) * .constant(1 + 0x1p-20)
    }

    /// - Parameters:
    ///   - center, spread, size: What the layer makes of centres, radii and sizes, each with rounding errors of at most
    ///     `gamma` times the size, as in any evaluation of the layer.
    ///   - reading: The largest effect of differences from the file's numbers.
    init(center: Node, spread: Node, size: Node, gamma: Float, reading: Node = .constant(0)) throws(GraphError) {
        (self.center, self.size) = (center, size)
        radius = try spread * .constant(1 + 4 * gamma) + size * .constant(4) * .constant(gamma)
            + .constant(Rounding.smallest) + reading
    }

    /// The box of a product of values of two boxes: |xy − x₀y₀| ≤ |x₀| r_y + r_x |y₀| + r_x r_y, if it is linear in both.
    ///
    /// - Parameter gamma: The relative error of a sum of as many products as each element has, and a few operations more.
    static func product(
        _ x: IntervalPropagation.Box, _ y: IntervalPropagation.Box, gamma: Float,
        by multiply: (Node, Node) throws(GraphError) -> Node
    ) throws(GraphError) -> IntervalPropagation.Box {
        let (x, y) = try (CentredBox(x), CentredBox(y))
        let spread = try multiply(x.center.magnitude, y.radius) + multiply(x.radius, y.center.magnitude) + multiply(x.radius, y.radius)
        return try CentredBox(center: multiply(x.center, y.center), spread: spread, size: multiply(x.size, y.size), gamma: gamma).box
    }

    var box: IntervalPropagation.Box {
        get throws(GraphError) { try .init(low: center - radius, high: center + radius) }
    }
}
