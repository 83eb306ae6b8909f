import Graphs
import Networks
import Tensors

/// A layer that is linear, or a product, compiled to take intervals through: for a batch of boxes around its inputs, a box
/// around its result, and what rounding may do to a linear bound on its way back through the layer.
///
/// All in single precision, with every rounding error on the safe side: those of the bound itself, and those of whoever
/// evaluates the layer in single precision. A sum of n products computed in any order differs
/// from the true one by at most γₙ = n u/(1 − n u) times the sum of the absolute products, u = 2⁻²⁴ (Higham, Accuracy and
/// Stability of Numerical Algorithms, 2002, section 3.1). The absolute products are computed as well: |A|·m + |b|, where
/// m ≥ |x|. So with centre c and radius r ≥ 0 of the input's box, and parameters that reading has changed by ΔA and Δb,
///
///     A·c + b ± (|A|·r + γ (|A|·m + |b|) + ΔA·m + Δb)
///
/// contains the true result and every computed one, each term a little enlarged.
struct IntervalLayer: Sendable {
    /// Inputs: the lower ends of each of the layer's inputs, then the upper ends. Outputs: lower and upper end; for an
    /// affine layer also the error.
    let program: Program
    /// b, per element of the result; nil where the layer has none.
    let offset: [Float]?
    /// Whether `program` gives an error: a number e per element such that, of whatever the layer is computed with, the
    /// coefficients c of the result may be replaced by those of the input, as computed, when e·|c| is taken off a lower bound.
    let hasError: Bool

    /// - Throws: `BoundsError` for a layer that is neither, or adds up too many numbers; `NetworkError` or `GraphError`
    ///   when it cannot be compiled.
    init(_ vertex: Network.Vertex, rule: BoundRule, inputs: [[Int]], of network: Network, batchSize: Int) throws {
        let parameters = network.parameters
        let boxes = inputs.enumerated().map { index, shape in
            (lower: Node.input("lower \(index)", shape: [batchSize] + shape),
             upper: Node.input("upper \(index)", shape: [batchSize] + shape))
        }
        func node(_ layer: Layer, _ inputs: [Node], _ parameters: [String: Tensor]) throws -> Node {
            try layer.node(named: vertex.name, of: inputs, parameters: parameters.mapValues(Node.constant))
        }
        let own = parameters.filter { vertex.layer.parameterNames.contains($0.key) }
        let outputs: [Node]
        switch rule {
        case .rearrangement:
            outputs = [try node(vertex.layer, boxes.map(\.lower), own), try node(vertex.layer, boxes.map(\.upper), own)]
            hasError = false
        case .affine(let forwardTerms, let backwardTerms):
            let balls = try boxes.map { try Ball(lower: $0.lower, upper: $0.upper) }
            let (absolute, parts) = vertex.layer.absolute(own, withOffset: true)
            let (linear, factors) = vertex.layer.absolute(own, withOffset: false)
            var size = try node(absolute, balls.map(\.size), parts)
            if vertex.layer.dividesByParameter { size = try size + balls[0].size * .constant(0x1p-100) }
            var reading: Node?
            if let (layer, errors) = vertex.layer.readingError(own, errors: network.readingErrors.parameters) {
                let sizes = try balls.map { try vertex.layer.addsParameter ? $0.size * .constant(0) : $0.size }
                let error = try node(layer, sizes, errors)
                reading = try error * .constant(1 + 0x1p-10) + .constant(Rounding.smallest)
                size = try size + error
            }
            let gammas = try [forwardTerms, backwardTerms].map { try Rounding.gamma(terms: $0, layer: vertex.name) }
            let result = try Ball(
                center: node(vertex.layer, balls.map(\.center), own), spread: node(linear, balls.map(\.radius), factors),
                size: size, gamma: gammas[0], reading: reading)
            // What the way back rounds, what an evaluation does, and what either takes for zero. Four times the size
            // overflows before any sum of the layer can.
            var error = try size * .constant(4) * .constant(1.25 / 4 * (gammas[0] + gammas[1]))
                + .constant(Float(forwardTerms + 8) * 0x1p-120)
            if let reading { error = try error + reading }
            outputs = try result.ends + [error]
            hasError = true
        case .product:
            let balls = try boxes.map { try Ball(lower: $0.lower, upper: $0.upper) }
            let (x, y) = (balls[0], balls[1])
            // |xy − x₀y₀| ≤ |x₀| r_y + |y₀| r_x + r_x r_y.
            let spread = try x.center.magnitude * y.radius + y.center.magnitude * x.radius + x.radius * y.radius
            outputs = try Ball(
                center: x.center * y.center, spread: spread, size: x.size * y.size,
                gamma: Rounding.gamma(terms: 4, layer: vertex.name)
            ).ends
            hasError = false
        case .image, .elementwise, .maximumPool:
            throw BoundsError.unsupported(layer: vertex.name, problem: "not a linear layer")
        }
        program = try Program(
            computing: outputs, from: boxes.map(\.lower) + boxes.map(\.upper), optimising: false)
        offset = try Self.offset(of: vertex, rule: rule, inputs: inputs) { try node(vertex.layer, $0, own) }
    }

    /// The layer's value where all inputs are 0. Its rounding errors are among those of the size, and so of the error.
    private static func offset(
        of vertex: Network.Vertex, rule: BoundRule, inputs: [[Int]], node: ([Node]) throws -> Node
    ) throws -> [Float]? {
        guard rule != .product else { return nil }
        if rule == .rearrangement {
            guard case .padding = vertex.layer else { return nil }
        }
        let zeros = inputs.map { Node.constant(Tensor(shape: [1] + $0, repeating: 0)) }
        let program = try Program(computing: [node(zeros)], from: [], optimising: false)
        return try program.makeExecutor().run([]).first?.values
    }

    /// A box as centre and radius, with the size |x| may have in it.
    private struct Ball {
        let center: Node
        let radius: Node
        let size: Node

        /// Enlarged by what rounding may have taken off: a few units in the last place, and what the processor may have
        /// taken for zero.
        init(lower: Node, upper: Node) throws(GraphError) {
            center = try (lower + upper) * .constant(0.5)
            radius = try (upper - lower) * .constant(0.5 + 0x1p-20) + center.magnitude * .constant(0x1p-20)
                + .constant(Rounding.smallest)
            size = try (center.magnitude + radius) * .constant(1 + 0x1p-20)
        }

        /// - Parameters:
        ///   - center, spread, size: What the layer makes of centres, radii and sizes, each with relative rounding errors
        ///     of at most `gamma` times the size, as has whoever evaluates the layer.
        ///   - reading: What differences from the file's numbers may make; nil where there are none.
        init(center: Node, spread: Node, size: Node, gamma: Float, reading: Node? = nil) throws(GraphError) {
            self.center = center
            self.size = size
            let rounded = try spread * .constant(1 + 4 * gamma) + size * .constant(4) * .constant(gamma)
                + .constant(Rounding.smallest)
            radius = try reading.map { reading throws(GraphError) in try rounded + reading } ?? rounded
        }

        var ends: [Node] { get throws(GraphError) { [try center - radius, try center + radius] } }
    }
}

/// What single precision may do to a result.
enum Rounding {
    /// Added to radii for what is too small for full precision, and taken for zero: 2⁻¹²⁶ an operation.
    static let smallest: Float = 0x1p-80

    /// γ for a sum of `terms` products, and a few operations around it.
    ///
    /// - Throws: `BoundsError.unsupported` for sums so long that nothing useful would remain.
    static func gamma(terms: Int, layer: String) throws(BoundsError) -> Float {
        guard terms < 1 << 20 else {
            throw .unsupported(layer: layer, problem: "a sum of \(terms) terms, too many for single precision")
        }
        return Float(terms + 8) * 0x1p-24 * 1.08
    }

    static func down(_ x: Double) -> Float {
        let nearest = Float(x)
        return Double(nearest) > x ? nearest.nextDown : nearest
    }

    static func up(_ x: Double) -> Float {
        let nearest = Float(x)
        return Double(nearest) < x ? nearest.nextUp : nearest
    }
}

extension Node {
    /// |x|, elementwise.
    fileprivate var magnitude: Node { get throws(GraphError) { try leakyRelu(slope: -1) } }
}
