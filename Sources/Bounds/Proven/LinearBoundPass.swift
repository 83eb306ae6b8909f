import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The backward pass of linear bounds from one value of a network to its image (Zhang et al. 2018, CROWN, section 3),
/// compiled for a number of rows at a time.
///
/// A row is a linear function Σ c·v of the value v. Going back, each layer's result is replaced by a line: the one below it
/// if its coefficient is positive, otherwise the one above it. This is the derivative of a graph whose nonlinear layers are
/// relaxations. The outputs are the coefficients of every value on the way. The contributions of the lines' intercepts and of
/// the image are summed up outside, in double precision.
struct LinearBoundPass: Sendable {
    /// The vertex whose coefficients are put in: input 0 of the program, [rows] + its shape.
    let start: Int
    /// The vertices with slopes: the inputs that follow, for each its lower and then its upper slopes.
    let relaxed: [Int]
    /// The maximum pools among them: a last input each, the lower ends of what is pooled.
    let pools: [Int]
    /// The vertices whose coefficients from beyond the value are dropped: a last input each, 1 inside and 0 outside.
    let masked: [Int]
    /// The vertices whose coefficients are put out.
    let vertices: [Int]
    let program: Program
    let rows: Int
    /// The patches in which rows have coefficients; nil for whole values. With patches, all shapes are those of the patches.
    let field: ReceptiveField?

    /// - Parameter hasIntercepts: Whether a vertex's intercepts may differ from 0.
    init(
        to start: Int, of network: Network, rules: [BoundRule], rows: Int, field: ReceptiveField? = nil, hasIntercepts: (Int) -> Bool
    ) throws {
        func batch(_ vertex: Int) -> [Int] { [rows] + (field?.shape(of: vertex) ?? network.vertices[vertex].shape) }
        var ancestors: Set<Int> = [start]
        for vertex in (0...start).reversed() where ancestors.contains(vertex) {
            // The coefficients of the image end there, and so do those of a layer of which only the box is known.
            if !rules[vertex].isBoxed { ancestors.formUnion(network.vertices[vertex].inputs) }
        }
        let parameters = network.parameters.mapValues(Node.constant)
        var nodes = network.vertices.indices.map { Node.input("vertex \($0)", shape: batch($0)) }
        var (slopes, lows): ([Node], [Node]) = ([], [])
        var (relaxed, pools, masked): ([Int], [Int], [Int]) = ([], [], [])
        var masks: [Node] = []
        let image = nodes[0]
        func mask(_ vertex: Int) throws {
            let mask = Node.input("mask \(vertex)", shape: batch(vertex))
            nodes[vertex] = try Node(LinearRelaxation(), [nodes[vertex], mask, mask])
            masks.append(mask)
            masked.append(vertex)
        }
        /// Whether a coefficient from beyond the value may remain because no slope makes it 0.
        func needsMask(_ vertex: Int) -> Bool {
            (field?.reachesOutside(vertex) ?? false) && (vertex == start || network.consumers(of: vertex).contains { consumer in
                if case .elementwise = rules[consumer] { false } else { ancestors.contains(consumer) }
            })
        }
        for vertex in (0...start) where ancestors.contains(vertex) {
            let it = network.vertices[vertex]
            var inputs = it.inputs.map { nodes[$0] }
            if let field, !rules[vertex].isBoxed {
                for (place, input) in it.inputs.enumerated() {
                    inputs[place] = try field.part(of: inputs[place], from: input, seenBy: vertex)
                }
            }
            let layer = field == nil ? it.layer : it.layer.withoutPadding
            switch rules[vertex] {
            case .image:
                // The norm of its coefficients counts.
                if field?.reachesOutside(vertex) ?? false { try mask(vertex) }
                continue
            case .boxed: continue
            case .rearrangement, .affine:
                let node = try layer.node(named: it.name, of: inputs, parameters: parameters)
                // A layer that changes nothing may return its input's own node; both would then share their coefficients.
                nodes[vertex] = inputs.contains(node) ? try node * .constant(1) : node
                if needsMask(vertex) { try mask(vertex) }
                continue
            case .elementwise: nodes[vertex] = inputs[0]
            case .maximumPool(let window):
                let low = Node.input("low \(vertex)", shape: inputs[0].shape)
                let window = field == nil ? window : window.withoutPadding
                nodes[vertex] = try Node(PickAtMaximum(window: window), [inputs[0], low])
                lows.append(low)
                pools.append(vertex)
            }
            let pair = [Node.input("lower slope \(vertex)", shape: batch(vertex)),
                        Node.input("upper slope \(vertex)", shape: batch(vertex))]
            nodes[vertex] = try Node(LinearRelaxation(), [nodes[vertex]] + pair)
            slopes += pair
            relaxed.append(vertex)
        }
        let coefficients = Node.input("coefficients", shape: batch(start))
        vertices = (0...start).filter { ancestors.contains($0) && ($0 == 0 || hasIntercepts($0)) }
        let outputs = try gradient(of: nodes[start], weightedBy: coefficients, with: vertices.map { $0 == 0 ? image : nodes[$0] })
        program = try Program(computing: outputs, from: [coefficients] + slopes + lows + masks)
        (self.start, self.rows, self.field) = (start, rows, field)
        (self.relaxed, self.pools, self.masked) = (relaxed, pools, masked)
    }
}
