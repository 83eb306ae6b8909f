import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// A distance within which no image is classified differently. It is proven for the network as a function of real numbers,
/// and for what programs compute in single precision.
///
///     let bound = try ProvenBound(of: network, norm: .linf)
///     let radii = try bound.radii(of: images, at: Array(0..<100), threads: 2)
///
/// For an image x, its label c and a radius ε, all images x′ in [0, 1] with ‖x′ − x‖ ≤ ε are examined together. Every value
/// of the network gets a box that it cannot leave (interval bound propagation, Gowal et al. 2018). With CROWN (Zhang et al.
/// 2018), values that a nonlinear layer bends get a tighter box from linear bounds, back through relaxations of the layers
/// below, and so do the margins f_c − f_i in the end. If all of them are positive, the answer is c on all these images.
///
/// All rounding errors are on the safe side, so that a margin holds
///
/// - for the exact network, defined by its file's own numbers, including those that were rounded on reading (`ReadingErrors`);
/// - for every evaluation in single precision that sums up the products of each layer in some order, whether or not they are
///   fused with the addition, batch normalisation is folded into the layer before it, a residual is added to that layer's
///   products or afterwards, and numbers below 2⁻¹²⁶ are kept or taken for zero, and whose sigmoid and tanh are within
///   `ElementwiseFunction.smoothFunctionError` of the true ones (other functions: docs/bounds.md): as long as no number that
///   folding makes overflows.
///
/// It says nothing about sums that are not sums of a layer's products (Winograd's and Strassen's), or about bfloat16, TF32 or
/// half precision. docs/bounds.md has the argument.
///
/// Every kind of layer is supported except integer ones and ELU with a negative scale. A softmax or log-softmax at the
/// network's end is left out, because it keeps the order of the classes.
public struct ProvenBound: Sendable {
    /// How margins are bounded.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Interval bound propagation alone.
        case ibp
        /// Linear bounds back to the image, for every value before a nonlinear layer.
        case crown
    }

    /// The norm of the radii.
    public let norm: Norm
    /// How the margins are bounded.
    public let method: Method

    let network: Network
    let rules: [BoundRule]
    /// Interval propagation, in parts: one up to each box to be tightened, and the rest; with the vertices of each part that
    /// linear bounds need. Inputs: the labels, then the ends of the image's box and of each tightened box, in order. Outputs:
    /// the ends of the vertices' boxes, each pair followed by those of the intercepts if there are any; in the last part,
    /// finally the margins.
    let stages: [(program: Program, vertices: [(index: Int, hasIntercepts: Bool)])]
    /// The vertices whose boxes linear bounds make tighter.
    let refinements: [Int: Refinement]
    /// The pass back from the logits; nil for intervals alone.
    let marginPass: LinearBoundPass?
    /// Images treated together by one thread.
    let batchSize: Int

    /// A vertex, and where linear bounds on it begin.
    struct Refinement: Sendable {
        let pass: LinearBoundPass
        /// The row of the vertex's own layer on the value from which `pass` starts; if nil, it starts from the vertex itself.
        let rows: LayerRows?
    }

    /// Compiles the bounds.
    ///
    /// - Throws: `BoundsError.unsupported` for a layer without bounds; `BoundsError.setting` for a norm without bounds;
    ///   `BoundsError.tooFewClasses`; `NetworkError`, `GraphError`.
    public init(of network: Network, norm: Norm, method: Method = .crown) throws {
        try self.init(of: network, norm: norm, method: method, seeingWholeValues: false)
    }

    /// - Parameter seeingWholeValues: Whether linear bounds go back through whole values even where patches would do. The
    ///   bounds are the same up to rounding.
    package init(of network: Network, norm: Norm, method: Method = .crown, seeingWholeValues: Bool) throws {
        try BoundsSettings.require(norm)
        let network = network.withoutFinalSoftmax
        guard network.classCount > 1 else { throw BoundsError.tooFewClasses(network.classCount) }
        let vertices = network.vertices
        let rules = try network.boundRules()
        let elements = vertices.map(\.shape.elementCount).reduce(0, +)
        let (batchSize, rows) = (max(1, min(4, (4 << 20) / elements)), max(1, min(64, (2 << 20) / elements)))
        (self.network, self.norm, self.method, self.rules, self.batchSize) = (network, norm, method, rules, batchSize)

        let last = vertices.count - 1
        let refined = vertices.indices.filter {
            method == .crown && Self.needsLinearBounds($0, of: network, rules: rules, norm: norm)
        }
        let known = ([0] + refined).map { vertex in
            let shape = [batchSize] + vertices[vertex].shape
            return IntervalPropagation.Box(low: .input("low \(vertex)", shape: shape), high: .input("high \(vertex)", shape: shape))
        }
        let labels = Node.input("labels", shape: [batchSize, network.classCount])
        let propagation = try IntervalPropagation(
            through: network, rules: rules, of: known[0],
            tightened: Dictionary(uniqueKeysWithValues: zip(refined, known.dropFirst())))
        func bounds(of vertex: Int) -> [Node] {
            [propagation.boxes[vertex], propagation.intercepts[vertex]].compactMap(\.self).flatMap { [$0.low, $0.high] }
        }
        var (stages, start): ([(program: Program, vertices: [(index: Int, hasIntercepts: Bool)])], Int) = ([], 1)
        for end in refined + [last] {
            // Intervals alone need only the margins. What linear bounds need is checked when they read it.
            let part = method == .ibp ? [] : Array(start..<end + 1)
            var outputs = part.flatMap(bounds)
            if end == last {
                outputs.append(try propagation.margins(of: labels, bounded: method == .ibp ? propagation.boxes : []))
            }
            let program = try Program(
                computing: foldingConstants(outputs), from: [labels] + known.flatMap { [$0.low, $0.high] }, optimising: false)
            stages.append((program, part.map { ($0, propagation.intercepts[$0] != nil) }))
            start = end + 1
        }
        self.stages = stages

        func pass(from vertex: Int, seeing field: ReceptiveField? = nil) throws -> LinearBoundPass {
            let rows = field.map { max(1, min(128, (1 << 18) / $0.elementCount)) } ?? rows
            return try LinearBoundPass(to: vertex, of: network, rules: rules, rows: rows, field: field) {
                propagation.intercepts[$0] != nil || !rules[$0].isLinear
            }
        }
        func field(of vertex: Int, _ start: Int) -> ReceptiveField? {
            seeingWholeValues ? nil : ReceptiveField(of: vertex, from: start, in: network, rules: rules)
        }
        var (refinements, passes): ([Int: Refinement], [Int: LinearBoundPass]) = ([:], [:])
        for vertex in refined {
            let rows = LayerRows(of: vertices[vertex], in: network)
            let start = rows == nil ? vertex : vertices[vertex].inputs[0]
            let linear: LinearBoundPass
            if let field = field(of: vertex, start) {
                linear = try pass(from: start, seeing: field)
            } else {
                linear = try passes[start] ?? pass(from: start)
                passes[start] = linear
            }
            refinements[vertex] = Refinement(pass: linear, rows: rows)
        }
        self.refinements = refinements
        marginPass = method == .crown ? try pass(from: last) : nil
    }

    /// How many values are bounded through patches.
    package var throughPatches: Int { refinements.values.count { $0.pass.field != nil } }

    /// Whether a nonlinear layer reads the vertex, and linear bounds on it can be tighter than its interval. Among layers of
    /// which only the box is known, only products ask for it: for a normalisation or a softmax it would take many rows and
    /// gain little.
    private static func needsLinearBounds(
        _ vertex: Int, of network: Network, rules: [BoundRule], norm: Norm
    ) -> Bool {
        let isBent = rules[vertex].isLinear && network.consumers(of: vertex).contains { consumer in
            if case .boxed(let layer) = rules[consumer] { layer == .product } else { !rules[consumer].isLinear }
        }
        return isBent && !(norm == .linf && isOneLayerFromTheImage(vertex, of: network))
    }

    /// Whether there is only one layer that mixes pixels between the vertex's result and the image; the others treat each
    /// pixel by itself. The interval of an ℓ∞ ball is then exact.
    private static func isOneLayerFromTheImage(_ vertex: Int, of network: Network) -> Bool {
        var (vertex, hasMixed) = (vertex, false)
        while vertex > 0 {
            let it = network.vertices[vertex]
            switch it.layer {
            case .convolution, .dense, .averagePool, .mean:
                if hasMixed { return false }
                hasMixed = true
            case .normalisation, .batchNormalisation, .dropout, .reshape, .transpose, .slice, .selection, .padding: break
            case .image, .arithmetic, .arithmeticWithParameter, .relu, .leakyRelu, .clip, .function, .softmax,
                .logSoftmax, .maximumPool, .matrixProduct, .concatenation, .integer:
                return false
            }
            vertex = it.inputs[0]
        }
        return true
    }
}

extension ProvenBound: MarginBound {
    /// For each image, a lower bound on the margin min_{i≠c} f_c − f_i on all images within `epsilon` of it, where c is its
    /// label. If the bound is positive, the network answers c on all of them. −∞ if nothing is known.
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
            worker.margins(batch.map { MarginQuery(images, $0, epsilon: epsilon) })
        }
    }

    /// For each image, the largest radius found within which the network is proven to answer the label; 0 for an image that
    /// is already misclassified. Rounded down to what was checked: see `RadiusSearch`.
    ///
    /// - Throws: `GraphError`.
    public func radii(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [Double] {
        let search = RadiusSearch(
            first: norm == .l2 ? 0.25 : 0.03125, largest: norm.diameter(dimensions: network.imageShape.elementCount))
        return try inBatches(indices, threads: threads) { worker, batch in
            var searches = batch.map { _ in search }
            while case let open = batch.indices.filter({ searches[$0].next != nil }), !open.isEmpty {
                let queries = open.map { MarginQuery(images, batch[$0], epsilon: searches[$0].next ?? 0) }
                for (place, margin) in zip(open, worker.margins(queries)) { searches[place].record(margin) }
            }
            return searches.map(\.proven)
        }
    }

    /// The results of `body` for each batch, in order.
    private func inBatches(
        _ indices: [Int], threads: Int, _ body: @escaping @Sendable (BoundWorker, [Int]) -> [Double]
    ) throws -> [Double] {
        try Batches(of: indices.count, upTo: batchSize, threads: threads)
            .map { try BoundWorker(self) } _: { body($0, Array(indices[$1])) }
    }
}
