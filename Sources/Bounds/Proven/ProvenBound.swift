import Datasets
import Graphs
import Networks
import Tensors

/// A distance within which no image is classified otherwise: proven, for the network as a function of real numbers and for
/// what programs make of it in single precision.
///
///     let bound = try ProvenBound(of: network, norm: .linf)
///     let radii = try bound.radii(of: images, at: Array(0..<100), threads: 2)
///
/// For an image x, its label c and a radius ε all images x′ in [0, 1] with ‖x′ − x‖ ≤ ε are looked at together. Every value
/// of the network gets a box that it cannot leave (interval bound propagation, Gowal et al. 2018). With CROWN (Zhang et al.
/// 2018), values that a nonlinear layer bends get a tighter box from linear bounds, back through relaxations of the layers
/// below, and so do the margins f_c − f_i in the end. If all of them are positive, the answer is c on all these images.
///
/// All rounding errors are on the safe side, so that a margin is true
///
/// - of the exact network: of what its file's own numbers define, also those that reading rounded (`ReadingErrors`);
/// - of every evaluation in single precision that sums up the products of each layer in some order, fused with the addition
///   or not, batch normalisation folded into the layer before it or not, a residual added to that layer's products or
///   afterwards, numbers below 2⁻¹²⁶ kept or taken for zero, and whose sigmoid and tanh are within
///   `ElementwiseFunction.smoothFunctionError` of the true ones: as long as no number that folding makes overflows.
///
/// It says nothing of sums that are not sums of a layer's products (Winograd's and Strassen's), of bfloat16, TF32 or half
/// precision. docs/bounds.md has the argument.
///
/// Every kind of layer is known except softmax and log-softmax inside a network (one at its end is left out, for it keeps the
/// order of the classes), division by a value, and leaky rectifiers whose slope is not in [0, 1].
public struct ProvenBound: Sendable {
    /// How margins are bounded.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Interval bound propagation alone.
        case ibp
        /// Linear bounds back to the image, for every value before a nonlinear layer.
        case crown
    }

    public let norm: Norm
    public let method: Method

    let network: Network
    let rules: [BoundRule]
    /// For each linear vertex, and each product.
    let layers: [IntervalLayer?]
    /// The vertices whose boxes linear bounds make tighter.
    let refinements: [Int: Refinement]
    /// From the logits back.
    let marginPass: LinearBoundPass?
    /// How many vertices each is an input of.
    let consumers: [Int]
    /// Images treated together by one thread.
    let batchSize: Int

    /// A vertex, and where linear bounds on it begin.
    struct Refinement: Sendable {
        let pass: LinearBoundPass
        /// The row of the vertex's own layer on the value `pass` starts from; when nil, it starts from the vertex itself.
        let rows: LayerRows?
    }

    /// Compiles the bounds.
    ///
    /// - Throws: `BoundsError.unsupported` for a layer without bounds; `BoundsError.tooFewClasses`; `NetworkError`,
    ///   `GraphError`.
    public init(of network: Network, norm: Norm, method: Method = .crown) throws {
        let network = network.withoutFinalSoftmax
        guard network.classCount > 1 else { throw BoundsError.tooFewClasses(network.classCount) }
        let vertices = network.vertices
        var consumers = vertices.map { _ in 0 }
        for input in vertices.flatMap(\.inputs) { consumers[input] += 1 }
        var rules: [BoundRule] = []
        // How many numbers an evaluation may add up for each element in one go: also for layers folded into one.
        var foldedTerms = vertices.map { _ in 0 }
        for (index, vertex) in vertices.enumerated() {
            guard !network.readingErrors.layers.contains(vertex.name) else {
                throw BoundsError.unsupported(
                    layer: vertex.name, problem: """
                        given a number in double precision that single precision does not hold; write it in the file as \
                        float32
                        """)
            }
            let rule = try vertex.layer.boundRule(
                named: vertex.name, shape: vertex.shape, inputs: vertex.inputs.map { vertices[$0].shape },
                parameters: network.parameters)
            let sharing = vertex.inputs.map { consumers[$0] }.max() ?? 1
            let termsBefore = vertex.inputs.map { foldedTerms[$0] }.max() ?? 0
            switch rule {
            case .affine(let ownTerms, let backwardTerms):
                let terms = ownTerms + (vertex.layer.isFolded ? termsBefore : 0)
                // Where a value has several consumers, their coefficients are added up.
                rules.append(.affine(forwardTerms: terms, backwardTerms: backwardTerms + (sharing > 1 ? sharing : 0)))
                // A sum of two values is computed with one of them, and no more is folded into it.
                if case .arithmetic = vertex.layer { continue }
                foldedTerms[index] = terms
            case .rearrangement:
                rules.append(rule)
                foldedTerms[index] = termsBefore
            case .image, .product, .elementwise, .maximumPool:
                rules.append(rule)
            }
        }
        let elements = vertices.map(\.shape.elementCount).reduce(0, +)
        batchSize = max(1, min(4, (4 << 20) / elements))
        var layers: [IntervalLayer?] = []
        for (vertex, rule) in zip(vertices, rules) {
            switch rule {
            case .image, .elementwise, .maximumPool: layers.append(nil)
            case .rearrangement, .affine, .product:
                layers.append(
                    try IntervalLayer(
                        vertex, rule: rule, inputs: vertex.inputs.map { vertices[$0].shape }, of: network,
                        batchSize: batchSize))
            }
        }
        func hasIntercepts(_ vertex: Int) -> Bool {
            rules[vertex] != .rearrangement || layers[vertex]?.offset != nil
                || vertices[vertex].inputs.contains { consumers[$0] > 1 }
        }
        let rows = max(1, min(64, (2 << 20) / elements))
        func pass(from vertex: Int) throws -> LinearBoundPass {
            try LinearBoundPass(to: vertex, of: network, rules: rules, rows: rows, hasIntercepts: hasIntercepts)
        }
        var refinements: [Int: Refinement] = [:]
        if method == .crown {
            var passes: [Int: LinearBoundPass] = [:]
            for vertex in vertices.indices where Self.needsLinearBounds(vertex, of: network, rules: rules, norm: norm) {
                let rows = LayerRows(of: vertices[vertex], in: network)
                let start = rows == nil ? vertex : vertices[vertex].inputs[0]
                let linear = try passes[start] ?? pass(from: start)
                passes[start] = linear
                refinements[vertex] = Refinement(pass: linear, rows: rows)
            }
        }
        marginPass = method == .crown ? try pass(from: vertices.count - 1) : nil
        (self.network, self.norm, self.method, self.rules) = (network, norm, method, rules)
        (self.layers, self.refinements, self.consumers) = (layers, refinements, consumers)
    }

    /// Whether a nonlinear layer reads the vertex, and linear bounds on it can be tighter than its interval.
    private static func needsLinearBounds(
        _ vertex: Int, of network: Network, rules: [BoundRule], norm: Norm
    ) -> Bool {
        switch rules[vertex] {
        case .image, .elementwise, .maximumPool, .product: return false
        case .rearrangement, .affine: break
        }
        let isBent = network.vertices.indices.contains { consumer in
            guard network.vertices[consumer].inputs.contains(vertex) else { return false }
            return switch rules[consumer] {
            case .elementwise, .maximumPool, .product: true
            case .image, .rearrangement, .affine: false
            }
        }
        return isBent && !(norm == .linf && isOneLayerFromTheImage(vertex, of: network))
    }

    /// Whether there is only one layer that mixes pixels, and others that treat each for itself, between the vertex's result
    /// and the image. The interval of an ℓ∞ ball is then exact.
    private static func isOneLayerFromTheImage(_ vertex: Int, of network: Network) -> Bool {
        var (vertex, hasMixed) = (vertex, false)
        while vertex > 0 {
            let it = network.vertices[vertex]
            switch it.layer {
            case .convolution, .dense, .averagePool, .mean:
                if hasMixed { return false }
                hasMixed = true
            case .normalisation, .batchNormalisation, .dropout, .reshape, .transpose, .slice, .padding: break
            case .image, .arithmetic, .arithmeticWithParameter, .relu, .leakyRelu, .clip, .sigmoid, .tanh, .softmax,
                .logSoftmax, .maximumPool, .concatenation:
                return false
            }
            vertex = it.inputs[0]
        }
        return true
    }
}

extension ProvenBound {
    /// For each image a number that the margin min_{i≠c} f_c − f_i exceeds or equals on all images within `epsilon` of it,
    /// c being its label: where it is positive, the network answers c on all of them. −∞ where nothing is known.
    ///
    /// - Parameter indices: The images, in the order of the result.
    /// - Throws: `BoundsError.setting` for a radius that is negative or not finite; `GraphError`.
    public func margins(
        of images: LabelledImages, at indices: [Int], epsilon: Double, threads: Int
    ) throws -> [Double] {
        guard epsilon >= 0, epsilon.isFinite else {
            throw BoundsError.setting("epsilon is \(epsilon): a radius is at least 0, and finite")
        }
        return try inBatches(indices, threads: threads) { worker, batch in
            try worker.margins(batch.map { MarginQuery(images, $0, epsilon: epsilon) })
        }
    }

    /// For each image the largest radius found within which it is proven that the network answers the label; 0 for one that
    /// is misclassified already. Rounded down to what was checked: see `RadiusSearch`.
    ///
    /// - Throws: `GraphError`.
    public func radii(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [Double] {
        let search = RadiusSearch(
            first: norm == .l2 ? 0.25 : 0.03125, largest: norm.diameter(dimensions: network.imageShape.elementCount))
        return try inBatches(indices, threads: threads) { worker, batch in
            var searches = batch.map { _ in search }
            while case let open = batch.indices.filter({ searches[$0].next != nil }), !open.isEmpty {
                let queries = open.map { MarginQuery(images, batch[$0], epsilon: searches[$0].next ?? 0) }
                for (place, margin) in zip(open, try worker.margins(queries)) { searches[place].record(margin) }
            }
            return searches.map(\.proven)
        }
    }

    /// What `body` gives for each batch, in order.
    private func inBatches(
        _ indices: [Int], threads: Int, _ body: @escaping @Sendable (BoundWorker, [Int]) throws -> [Double]
    ) throws -> [Double] {
        try Batches(of: indices.count, upTo: batchSize, threads: threads).map {
            try BoundWorker(self)
        } _: { worker, batch in
            try body(worker, Array(indices[batch]))
        }
    }
}
