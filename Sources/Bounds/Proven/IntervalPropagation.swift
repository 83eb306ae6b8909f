import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// Interval bound propagation (Gowal et al. 2018) as a function from graphs to graphs: given nodes for a box around each
/// image, it makes nodes for a box around every value of the network, and for lower bounds on the margins.
///
///     let box = IntervalPropagation.Box(low: image - radius, high: image + radius)
///     let bounds = try IntervalPropagation(through: network, of: box, parameters: weights)
///     let slope = try gradient(of: bounds.margins(of: labels).sum(), with: Array(weights.values))
///
/// Rounding errors are nodes too, in single precision and on the safe side: both the errors of the bound itself and those of
/// any evaluation of a layer in single precision. A sum of n products computed in any order differs from the true one by at
/// most γₙ times the sum of the absolute products, |A|·m + |b| with m ≥ |x|, which is computed as well. So with centre c and
/// radius r ≥ 0 of the input's box, and parameters that reading has changed by ΔA and Δb,
///
///     A·c + b ± (|A|·r + γ (|A|·m + |b|) + ΔA·m + Δb)
///
/// contains the true result and every computed one, each term a little enlarged. Everything can be differentiated with respect
/// to the image, the radius and the parameters. Compile it without optimisation, which would change what is rounded.
public struct IntervalPropagation {
    /// The least and the largest that each element of a value may be, for a batch of images.
    public struct Box: Sendable {
        /// The lower ends, [batch] + the shape per image.
        public let low: Node
        /// The upper ends, of the same shape.
        public let high: Node

        /// - Parameters: Two nodes of one shape, [batch] + the shape per image.
        public init(low: Node, high: Node) { (self.low, self.high) = (low, high) }
    }

    /// A box around the result of each of the network's vertices, in their order. Ends about which nothing is known are ±∞.
    public let boxes: [Box]
    /// For a linear layer A·x + b: how far its result may lie from A·x, in the backward pass of a linear bound whose
    /// coefficients are rounded; nil if that is 0. For a layer of which only the box is known: its box. nil for other
    /// nonlinear layers.
    let intercepts: [Box?]

    /// A softmax at the network's end is left out: the last box is that of the logits.
    ///
    /// - Parameters:
    ///   - images: The images' box, [batch] + the network's image shape. All of it counts, also beyond [0, 1]; the caller
    ///     answers for the rounding of its ends.
    ///   - parameters: A node for each of the network's parameters; by default constants of their values.
    /// - Throws: `BoundsError.unsupported` for a layer that has no bounds, or adds up too many numbers; `NetworkError`,
    ///   `GraphError`.
    public init(through network: Network, of images: Box, parameters: [String: Node]? = nil) throws {
        let network = network.withoutFinalSoftmax
        try self.init(through: network, rules: network.boundRules(), of: images, parameters: parameters)
    }

    /// - Parameter tightened: For some vertices, the box that later layers read instead of the propagated one.
    init(
        through network: Network, rules: [BoundRule], of images: Box, parameters: [String: Node]? = nil,
        tightened: [Int: Box] = [:]
    ) throws {
        guard Array(images.low.shape.dropFirst()) == network.imageShape, images.high.shape == images.low.shape else {
            throw NetworkError.imageShape(expected: network.imageShape, found: Array(images.low.shape.dropFirst()))
        }
        let parameters = parameters ?? network.parameters.mapValues(Node.constant)
        var (boxes, intercepts, rises): ([Box], [Box?], [Bool]) = ([], [], [])
        for (index, vertex) in network.vertices.enumerated() {
            let inputs = vertex.inputs.map { tightened[$0] ?? boxes[$0] }
            let layer = LinearLayer(vertex: vertex, parameters: parameters)
            var (box, intercept): (Box, Box?) = (images, nil)
            switch rules[index] {
            case .image: break
            case .rearrangement:
                box = try Box(low: layer.node(inputs.map(\.low)), high: layer.node(inputs.map(\.high)))
                // If a value has several consumers, their coefficients are added up, and rounded.
                let sharing = network.sharing(at: index)
                let error = try sharing > 1 ? CentredBox(box).size * .constant(Float(sharing) * 0x1p-23) : nil
                intercept = try layer.intercept(inputs, error: error)
            case .affine(let forwardTerms, let backwardTerms):
                (box, intercept) = try layer.image(
                    of: inputs, forwardTerms, backwardTerms, isRising: vertex.inputs.allSatisfy { rises[$0] } && layer.rises,
                    reading: vertex.layer.readingError(network.parameters, errors: network.readingErrors.parameters))
            case .boxed(let layer): box = try layer.image(of: inputs, named: vertex.name, parameters)
            case .elementwise(let function): box = try function.image(of: inputs[0])
            case .maximumPool(let window):
                box = try Box(low: inputs[0].low.maximumPool(window), high: inputs[0].high.maximumPool(window))
            }
            box = try Box(low: box.low.passed(.down), high: box.high.passed(.up))
            boxes.append(box)
            // The divisors of normalisations: means of squares, whose bounds must not reach 0.
            rises.append(rules[index] == .boxed(.square) || !vertex.inputs.isEmpty && vertex.inputs.allSatisfy { rises[$0] } && layer.rises)
            intercepts.append(rules[index].isBoxed ? box : intercept)
        }
        (self.boxes, self.intercepts) = (boxes, intercepts)
    }

    /// A lower bound on each image's margin over each class, f_c − f_i for its label c, on all of its box; −∞ where nothing
    /// is known. [batch, classes]; the label's own column means nothing.
    ///
    /// - Parameter labels: [batch, classes], 1 in the label's column and 0 elsewhere.
    public func margins(of labels: Node) throws(GraphError) -> Node { try margins(of: labels, bounded: boxes) }

    /// - Parameter bounded: Boxes, none of which may be infinite or empty.
    func margins(of labels: Node, bounded: [Box]) throws(GraphError) -> Node {
        guard let logits = boxes.last else { throw GraphError("a network without layers has no margins") }
        let own = try (labels * logits.low).sum(over: [1], keepingDimensions: true)
        let rounding = try (own.magnitude + logits.high.magnitude) * .constant(0x1p-22) + .constant(Rounding.smallest)
        var least = try own - logits.high - rounding
        for box in bounded {
            // The root is a number unless the box is empty or infinite; times 0 it is 0, or NaN.
            let width = try (box.high - box.low).squareRoot().detached()
            let nothing = try (width * .constant(0)).sum(over: Array(width.shape.indices.dropFirst()))
            least = try least + nothing.reshaped(to: [nothing.shape[0], 1])
        }
        return try least.passed(.down)
    }
}

extension BoundRule.ElementwiseFunction {
    /// The box of the function's values on a box, including computed values. Every function here rises everywhere, or falls
    /// to a single minimum and rises from there.
    package func image(of x: IntervalPropagation.Box) throws(GraphError) -> IntervalPropagation.Box {
        switch self {
        case .rectifier(let slope):
            // A slope that the processor may take for zero lies between 0 and the smallest one that it does not.
            let (low, high) = try (x.low.leakyRelu(slope: Gate.up(slope)), x.high.leakyRelu(slope: Gate.down(slope)))
            if slope == 0 || slope == 1 { return .init(low: low, high: high) }
            // Only products are rounded.
            func rounding(_ end: Node) throws(GraphError) -> Node {
                try (end * .constant(-1)).relu() * .constant(0x1p-22) + .constant(Rounding.smallest)
            }
            return try .init(low: low - rounding(low), high: high + rounding(high))
        case .clip(let bounds):
            func clipped(_ end: Node, _ gate: Gate) throws(GraphError) -> Node {
                let ends = [bounds.lowerBound, bounds.upperBound].map { $0.isFinite ? gate($0) : $0 }
                return try end.clipped(to: ends[0]...ends[1])
            }
            return try .init(low: clipped(x.low, .down), high: clipped(x.high, .up))
        case .sigmoid: return try Self.smoothly(x.low.sigmoid(), x.high.sigmoid())
        case .tanh: return try Self.smoothly(x.low.tanh(), x.high.tanh())
        case .curve(let curve):
            // To the left of the minimum, no value is smaller than at the minimum.
            let least = try curve.minimum.map { minimum throws(GraphError) in
                try x.low.clipped(to: Float(minimum)...(.infinity))
            } ?? x.low
            let (atLow, atHigh) = try (x.low.applying(curve.function), x.high.applying(curve.function))
            let low = try least.applying(curve.function)
            let high = curve.minimum == nil ? atHigh : try atLow + (atHigh - atLow).relu()
            func error(_ point: Node, _ value: Node) throws(GraphError) -> Node {
                try (point.magnitude + value.magnitude + .constant(1)) * .constant(Float(4 * Curve.relativeError))
            }
            return try .init(
                low: low - error(least, low), high: high + error(x.low, atLow) + error(x.high, atHigh))
        }
    }

    /// Moves the ends apart by an evaluation's error and by the error of this computation, which the library keeps to a few
    /// units in the last place.
    private static func smoothly(_ low: Node, _ high: Node) throws(GraphError) -> IntervalPropagation.Box {
        let error = Node.constant(Float(smoothFunctionError) + 0x1p-21)
        return try .init(low: low - error, high: high + error)
    }
}

/// A layer A·x + b, in the graph.
private struct LinearLayer {
    let vertex: Network.Vertex
    let parameters: [String: Node]

    func node(_ inputs: [Node]) throws -> Node { try node(vertex.layer, inputs, parameters) }

    private func node(_ layer: Layer, _ inputs: [Node], _ parameters: [String: Node]) throws -> Node {
        try layer.node(named: vertex.name, of: inputs, parameters: parameters)
    }

    /// Whether no element of the result falls when an element of an input rises.
    var rises: Bool {
        switch vertex.layer {
        case .mean, .averagePool, .reshape, .transpose, .arithmeticWithParameter(.add, _, _): true
        case .arithmeticWithParameter(.multiply, let name, _): parameters[name]?.constantValue?.values.allSatisfy { $0 >= 0 } ?? false
        default: false
        }
    }

    /// The box of the result, and b ± e: however the layer is computed, the coefficients of the result may be replaced by
    /// those of the input, as computed, when e times their absolute values is taken off a lower bound.
    ///
    /// - Parameters:
    ///   - forwardTerms, backwardTerms: Numbers added up for an element of the result, and for a coefficient of the input.
    ///   - isRising: Whether to take the result's ends from the ends of the input alone, because the layer `rises`.
    ///   - reading: The layer ΔA·x + Δb; nil if reading changed nothing.
    func image(
        of inputs: [IntervalPropagation.Box], _ forwardTerms: Int, _ backwardTerms: Int, isRising: Bool,
        reading: (layer: Layer, parameters: [String: Tensor], readsValue: Bool)?
    ) throws -> (box: IntervalPropagation.Box, intercept: IntervalPropagation.Box?) {
        let gammas = try [forwardTerms, backwardTerms].map { try Rounding.gamma(terms: $0, layer: vertex.name) }
        let balls = try inputs.map { try CentredBox($0) }
        let center = try node(balls.map(\.center))
        let (absolute, factors, offsets, divides) = try vertex.layer.absolute(parameters)
        let zeros = offsets.mapValues { Node.constant(Tensor(shape: $0.shape, repeating: 0)) }
        let spread = try node(absolute, balls.map(\.radius), factors.merging(zeros) { $1 })
        var size = try node(absolute, balls.map(\.size), factors.merging(offsets) { $1 })
        if divides { size = try size + balls[0].size * .constant(0x1p-100) }
        var readingError = Node.constant(0)
        if let reading {
            let sizes = try balls.map { try reading.readsValue ? $0.size : $0.size * .constant(0) }
            let error = try node(reading.layer, sizes, reading.parameters.mapValues(Node.constant))
            readingError = try error * .constant(1 + 0x1p-10) + .constant(Rounding.smallest)
            size = try size + error
        }
        var box = try CentredBox(center: center, spread: spread, size: size, gamma: gammas[0], reading: readingError).box
        if isRising, reading == nil {
            // An evaluation at x ≥ l gives at least A·l + b − γ (|A|·|l| + |b|), however large x is; the same holds for u.
            func end(_ ends: [Node], _ sign: Float) throws -> Node {
                let sizes = try ends.map { try $0.magnitude + .constant(Rounding.smallest) }
                let error = try node(absolute, sizes, factors.merging(offsets) { $1 }) * .constant(4 * gammas[0])
                return try node(ends) + (error + .constant(Rounding.smallest)) * .constant(sign)
            }
            box = try .init(low: end(inputs.map(\.low), -1), high: end(inputs.map(\.high), 1))
        }
        // The rounding of the backward pass, that of an evaluation, and what either takes for zero. Four times the size overflows
        // before any sum of the layer can.
        let error = try size * .constant(4) * .constant(1.25 / 4 * (gammas[0] + gammas[1]))
            + .constant(Float(forwardTerms + 8) * 0x1p-120)
        return try (box, intercept(inputs, error: error + readingError))
    }

    /// b ± error: the layer's value when all inputs are 0, whose own rounding is part of the error. nil if both are 0.
    func intercept(_ inputs: [IntervalPropagation.Box], error: Node?) throws -> IntervalPropagation.Box? {
        if case .padding = vertex.layer {} else if error == nil { return nil }
        let offset = try node(inputs.map { .constant(Tensor(shape: [1] + $0.low.shape.dropFirst(), repeating: 0)) })
        let error = error ?? .constant(Tensor(shape: [inputs[0].low.shape[0]] + vertex.shape, repeating: 0))
        return try .init(low: error * .constant(-1) + offset, high: error + offset)
    }
}

extension Node {
    /// |x|, elementwise.
    var magnitude: Node { get throws(GraphError) { try leakyRelu(slope: -1) } }
}

/// What single precision may do to a result.
enum Rounding {
    /// Added to radii for numbers that are too small for full precision and are taken for zero: 2⁻¹²⁶ per operation.
    static let smallest: Float = 0x1p-80

    /// γₙ = n u/(1 − n u) for a sum of n products, and a few operations around it; u = 2⁻²⁴ (Higham, Accuracy and Stability
    /// of Numerical Algorithms, 2002, section 3.1).
    ///
    /// - Throws: `BoundsError.unsupported` for sums so long that nothing useful would remain.
    static func gamma(terms: Int, layer: String) throws(BoundsError) -> Float {
        guard terms < 1 << 20 else {
            throw .unsupported(layer: layer, problem: "a sum of \(terms) terms, too many for single precision")
        }
        return Float(terms + 8) * 0x1p-24 * 1.08
    }
}
