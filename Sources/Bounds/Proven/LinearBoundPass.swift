import CSuretyKernels
import SuretyGraphs
import SuretyNetworks
import SuretyTensors

/// The backward pass of linear bounds from one value of a network to its image (Zhang et al. 2018, CROWN, section 3),
/// compiled for a number of rows at a time.
///
/// A row is a linear function Σ c·v of the value v. Going back, each layer's result is replaced by the line it lies above,
/// where its coefficient is positive, or below. This is the derivative of a graph whose nonlinear layers are relaxations.
/// Out come the coefficients of every value on the way. What the lines' intercepts and the image give is summed up outside,
/// in double precision.
struct LinearBoundPass: Sendable {
    /// The vertex whose coefficients are put in: input 0 of the program, [rows] + its shape.
    let start: Int
    /// The vertices with slopes: the inputs that follow, for each its lower and then its upper slopes.
    let relaxed: [Int]
    /// The maximum pools among them: a last input each, the lower ends of what is pooled.
    let pools: [Int]
    /// The vertices whose coefficients are put out.
    let vertices: [Int]
    let program: Program
    let rows: Int

    /// - Parameter hasIntercepts: Whether a vertex's intercepts may be other than 0.
    init(
        to start: Int, of network: Network, rules: [BoundRule], rows: Int, hasIntercepts: (Int) -> Bool
    ) throws {
        func batch(_ vertex: Int) -> [Int] { [rows] + network.vertices[vertex].shape }
        var ancestors: Set<Int> = [start]
        for vertex in (0...start).reversed() where ancestors.contains(vertex) {
            // The image's coefficients end there, and a product's.
            if rules[vertex] != .product { ancestors.formUnion(network.vertices[vertex].inputs) }
        }
        let parameters = network.parameters.mapValues(Node.constant)
        var nodes = network.vertices.indices.map { Node.input("vertex \($0)", shape: batch($0)) }
        var (slopes, lows): ([Node], [Node]) = ([], [])
        var (relaxed, pools): ([Int], [Int]) = ([], [])
        for vertex in (0...start) where ancestors.contains(vertex) {
            let it = network.vertices[vertex]
            let inputs = it.inputs.map { nodes[$0] }
            switch rules[vertex] {
            case .image, .product: continue
            case .rearrangement, .affine:
                let node = try it.layer.node(named: it.name, of: inputs, parameters: parameters)
                // A layer that changes nothing may give its input's own node, and the coefficients of both were one.
                nodes[vertex] = inputs.contains(node) ? try node * .constant(1) : node
                continue
            case .elementwise: nodes[vertex] = inputs[0]
            case .maximumPool(let window):
                let low = Node.input("low \(vertex)", shape: inputs[0].shape)
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
        let outputs = try gradient(of: nodes[start], weightedBy: coefficients, with: vertices.map { nodes[$0] })
        program = try Program(computing: outputs, from: [coefficients] + slopes + lows)
        (self.start, self.rows, self.relaxed, self.pools) = (start, rows, relaxed, pools)
    }
}
