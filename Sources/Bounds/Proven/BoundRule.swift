import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// How a layer takes part in interval and linear bounds.
package enum BoundRule: Sendable, Equatable {
    case image
    /// Only moves numbers, and perhaps adds constants beside them: linear, and without rounding.
    case rearrangement
    /// Linear except for an offset. `forwardTerms` numbers are added up for each element of the result, and `backwardTerms`
    /// for the derivative with respect to each element of an input: rounding errors grow with both.
    case affine(forwardTerms: Int, backwardTerms: Int)
    /// Nonlinear, and only the box of its values is known.
    case boxed(BoxedLayer)
    case elementwise(ElementwiseFunction)
    case maximumPool(Window)

    /// A layer of one input that acts on each element alone.
    package enum ElementwiseFunction: Sendable, Equatable {
        /// max(x, slope·x), with the slope from 0 to 1.
        case rectifier(slope: Float)
        case clip(ClosedRange<Float>)
        case sigmoid
        case tanh
        /// Another function of bounded curvature.
        case curve(Curve)
    }

    /// Whether the layer is linear except for an offset.
    var isLinear: Bool {
        switch self {
        case .rearrangement, .affine: true
        case .image, .elementwise, .maximumPool, .boxed: false
        }
    }

    /// Whether linear bounds end at the layer.
    var isBoxed: Bool {
        if case .boxed = self { true } else { false }
    }

    /// The most numbers that are added up for one coefficient of an input of the layer.
    var backwardTerms: Int {
        switch self {
        case .affine(_, let terms): terms
        case .maximumPool(let window): window.size.elementCount
        case .image, .rearrangement, .boxed, .elementwise: 1
        }
    }
}

extension Layer {
    /// The layer's rule.
    ///
    /// - Throws: `BoundsError.unsupported` for a layer without one, saying why.
    func boundRule(
        named name: String, shape: [Int], inputs: [[Int]], parameters: [String: Tensor]
    ) throws(BoundsError) -> BoundRule {
        switch self {
        case .image: return .image
        case .dropout, .reshape, .transpose, .concatenation, .slice, .padding: return .rearrangement
        case .selection(_, let places):
            // The coefficients of all copies of an element are added up.
            let copies = Dictionary(grouping: places) { $0 }.values.map(\.count).max() ?? 1
            return copies == 1 ? .rearrangement : .affine(forwardTerms: 1, backwardTerms: copies)
        case .normalisation: return .affine(forwardTerms: 4, backwardTerms: 4)
        case .batchNormalisation: return .affine(forwardTerms: 12, backwardTerms: 12)
        case .convolution(let geometry, let weights, _):
            let extents = parameters[weights]?.shape ?? [1, 1, 1, 1]
            // An element of the image is seen by each step of the window once.
            let positions = (0..<2).map { axis in
                geometry.dilation[axis] == 1
                    ? (extents[axis + 2] + geometry.strides[axis] - 1) / geometry.strides[axis] : extents[axis + 2]
            }
            return .affine(
                forwardTerms: Array(extents.dropFirst()).elementCount + 1,
                backwardTerms: extents[0] / geometry.groups * positions.elementCount)
        case .dense(let weights, _):
            let extents = parameters[weights]?.shape ?? [1, 1]
            return .affine(forwardTerms: extents[1] + 1, backwardTerms: extents[0])
        case .averagePool(let window, _):
            let size = window.size.elementCount
            return .affine(forwardTerms: size + 2, backwardTerms: size + 2)
        case .mean:
            return .affine(forwardTerms: (inputs.first?.elementCount ?? 1) / shape.elementCount + 2, backwardTerms: 3)
        case .arithmetic(let operation):
            switch operation {
            case .add, .subtract:
                let repetitions = inputs.map { shape.elementCount / $0.elementCount }.max() ?? 1
                return .affine(forwardTerms: 2, backwardTerms: repetitions + 1)
            case .multiply: return .boxed(.product)
            case .divide: return .boxed(.quotient)
            }
        case .arithmeticWithParameter(.divide, let operand, .left): return .boxed(.reciprocal(of: operand))
        case .arithmeticWithParameter:
            let repetitions = shape.elementCount / (inputs.first?.elementCount ?? 1)
            return .affine(forwardTerms: 2, backwardTerms: repetitions + 1)
        case .relu: return .elementwise(.rectifier(slope: 0))
        case .leakyRelu(let slope):
            guard slope.isFinite else {
                throw .unsupported(layer: name, problem: "a leaky rectifier of slope \(slope), which is not finite")
            }
            return (0...1).contains(slope) ? .elementwise(.rectifier(slope: slope)) : .boxed(.bend(slope: slope))
        case .clip(let bounds): return .elementwise(.clip(bounds))
        case .function(.sigmoid): return .elementwise(.sigmoid)
        case .function(.tanh): return .elementwise(.tanh)
        case .function(let function):
            if let curve = Curve(function) { return .elementwise(.curve(curve)) }
            if let layer = BoxedLayer(function) { return .boxed(layer) }
            throw .unsupported(layer: name, problem: "the function \(function.name), for which there is no bound here")
        case .matrixProduct: return .boxed(.matrixProduct(terms: inputs.first?.last ?? 1))
        case .softmax(let axis): return .boxed(.softmax(axis: axis, terms: shape[axis]))
        case .maximumPool(let window): return .maximumPool(window)
        case .integer:
            throw .unsupported(
                layer: name, problem: "an integer layer: bounds are proven for the network in floating point from which it was made")
        case .logSoftmax(let axis): return .boxed(.logSoftmax(axis: axis, terms: shape[axis]))
        }
    }

    /// For an affine layer A·x + b: the layer |A|·x + |b|; the parameters of |A| and of |b|, named by what they are, because
    /// one parameter may serve as two; and whether its factors are quotients, which may be so small that the processor takes
    /// them for zero.
    func absolute(
        _ parameters: [String: Node]
    ) throws(GraphError) -> (layer: Layer, factors: [String: Node], offsets: [String: Node], divides: Bool) {
        var (factors, offsets, divides): ([String: Node], [String: Node], Bool) = ([:], [:], false)
        // Weights so small that the processor takes them for zero count as if they were larger.
        func factor(_ name: String, as role: String) throws(GraphError) -> String {
            factors[role] = try parameters[name].map { node throws(GraphError) in try node.magnitude + .constant(0x1p-100) }
            return role
        }
        func divisor(_ name: String, as role: String) throws(GraphError) -> String {
            (factors[role], divides) = (try parameters[name]?.magnitude, true)
            return role
        }
        func offset(_ name: String, as role: String, sign: Float = 1) throws(GraphError) -> String {
            offsets[role] = try parameters[name].map { node throws(GraphError) in try node.magnitude * .constant(sign) }
            return role
        }
        func bias(_ name: String?) throws(GraphError) -> String? { if let name { try offset(name, as: "bias") } else { nil } }
        let layer: Layer
        switch self {
        case .convolution(let geometry, let weights, let name):
            layer = try .convolution(geometry, weights: factor(weights, as: "weights"), bias: bias(name))
        case .dense(let weights, let name): layer = try .dense(weights: factor(weights, as: "weights"), bias: bias(name))
        case .normalisation(let mean, let deviation):
            layer = try .normalisation(
                mean: offset(mean, as: "mean", sign: -1), standardDeviation: divisor(deviation, as: "deviation"))
        case .batchNormalisation(let it):
            layer = try .batchNormalisation(
                BatchNormalisation(
                    scale: factor(it.scale, as: "scale"), shift: offset(it.shift, as: "shift"),
                    mean: offset(it.mean, as: "mean", sign: -1), variance: divisor(it.variance, as: "variance"),
                    epsilon: it.epsilon))
        case .arithmetic: layer = .arithmetic(.add)
        case .arithmeticWithParameter(let operation, let operand, let side):
            switch operation {
            case .add, .subtract:
                layer = try .arithmeticWithParameter(.add, operand: offset(operand, as: "operand"), side: side)
            case .multiply:
                layer = try .arithmeticWithParameter(.multiply, operand: factor(operand, as: "operand"), side: side)
            case .divide:
                layer = try .arithmeticWithParameter(.divide, operand: divisor(operand, as: "operand"), side: side)
            }
        case .image, .dropout, .relu, .leakyRelu, .clip, .function, .softmax, .logSoftmax, .maximumPool, .averagePool, .mean,
            .reshape, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            layer = self
        }
        return (layer, factors, offsets, divides)
    }

    /// Whether programs compute the layer and the one before it as one sum: either its factors and offsets are folded into
    /// the previous weights and bias, or its other operand is added to the previous products.
    var isFolded: Bool {
        switch self {
        case .normalisation, .batchNormalisation, .arithmeticWithParameter, .arithmetic: true
        case .image, .convolution, .dense, .dropout, .relu, .leakyRelu, .clip, .function, .softmax, .logSoftmax, .maximumPool,
            .averagePool, .mean, .reshape, .transpose, .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            false
        }
    }
}

extension Network {
    /// Each vertex's rule. The number of terms in an evaluation includes those of layers folded into one sum; for the
    /// derivative, it includes those of all vertices that read a value.
    ///
    /// - Throws: `BoundsError.unsupported` for a layer without a rule, or with a number that was rounded when the file was read.
    func boundRules() throws(BoundsError) -> [BoundRule] {
        var rules: [BoundRule] = []
        // The most numbers that an evaluation adds up for each element in one sum, including layers folded into one.
        var foldedTerms: [Int] = []
        for (index, vertex) in vertices.enumerated() {
            guard !readingErrors.layers.contains(vertex.name) else {
                throw BoundsError.unsupported(
                    layer: vertex.name, problem: """
                        given a number in double precision that single precision does not hold; write it in the file as \
                        float32
                        """)
            }
            if case .arithmeticWithParameter(.divide, let operand, .left) = vertex.layer, readingErrors.parameters[operand] != nil {
                throw BoundsError.unsupported(
                    layer: vertex.name, problem: "a number that reading rounds, divided by a value: write it in the file as float32")
            }
            var rule = try vertex.layer.boundRule(
                named: vertex.name, shape: vertex.shape, inputs: vertex.inputs.map { vertices[$0].shape },
                parameters: parameters)
            if rule == .boxed(.product), vertex.inputs[0] == vertex.inputs[1] { rule = .boxed(.square) }
            let (termsBefore, sharing) = (vertex.inputs.map { foldedTerms[$0] }.max() ?? 0, self.sharing(at: index))
            foldedTerms.append(rule == .rearrangement ? termsBefore : 0)
            if case .affine(let ownTerms, let backwardTerms) = rule {
                let terms = ownTerms + (vertex.layer.isFolded ? termsBefore : 0)
                // If a value has several consumers, their coefficients are added up.
                rule = .affine(forwardTerms: terms, backwardTerms: backwardTerms + (sharing > 1 ? sharing : 0))
                // A sum of two values is computed with one of them, and no more is folded into it.
                if case .arithmetic = vertex.layer {} else { foldedTerms[index] = terms }
            }
            rules.append(rule)
        }
        return rules
    }

    /// The vertices that read a vertex's value; one that reads it twice is listed twice.
    func consumers(of vertex: Int) -> [Int] {
        vertices.indices.flatMap { consumer in vertices[consumer].inputs.filter { $0 == vertex }.map { _ in consumer } }
    }

    /// The largest number of readers that any of a vertex's inputs has.
    func sharing(at vertex: Int) -> Int { vertices[vertex].inputs.map { consumers(of: $0).count }.max() ?? 1 }
}
