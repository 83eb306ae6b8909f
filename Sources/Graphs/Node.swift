import SuretyTensors

/// A value in a computation: where it comes from, and its shape.
///
/// A network is a graph of nodes, and everything else is a function from graphs to graphs: the
/// derivative (`gradient(of:with:)`), the folding of constants and batch normalisation, fusion.
/// `Program` computes what comes out. Nodes are immutable and compared by identity: a node used
/// twice is computed once.
///
/// Invariant: `shape` is what the source's primitive says of its inputs' shapes, so a node that
/// exists fits its inputs.
public final class Node: Sendable {
    /// Where a value comes from.
    public enum Source: Sendable {
        /// Supplied anew at each run; the name is for error messages.
        case input(String)
        /// Known when the graph is built.
        case constant(Tensor)
        /// Computed from other nodes.
        case operation(any Primitive, [Node])
    }

    /// Never changes while the node lives; `deinit` empties the sources of nodes that die with it.
    public private(set) nonisolated(unsafe) var source: Source

    /// Extent of each axis, outermost first; empty for a scalar.
    public let shape: [Int]

    private init(source: Source, shape: [Int]) {
        self.source = source
        self.shape = shape
    }

    deinit {
        // One node after another: releasing a deep graph by recursion would overflow the stack.
        var dying = inputs
        source = .input("")
        while var node = dying.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            dying += node.inputs
            node.source = .input("")
        }
    }

    /// The result of applying `primitive` to `inputs`.
    ///
    /// - Throws: `GraphError` when the inputs' number or shapes do not suit the primitive.
    public convenience init(_ primitive: any Primitive, _ inputs: [Node]) throws(GraphError) {
        let shape = try primitive.shape(of: inputs.map(\.shape))
        // Far more than any machine's memory, and small enough that products of extents do not overflow.
        guard shape.reduce(1, { $0 * Double($1) }) < 0x1p48 else {
            throw GraphError("the result of \(primitive.name) would be too large: \(shape)")
        }
        self.init(source: .operation(primitive, inputs), shape: shape)
    }

    /// A value supplied anew at each run.
    public static func input(_ name: String, shape: [Int]) -> Node {
        Node(source: .input(name), shape: shape)
    }

    /// A value known when the graph is built.
    public static func constant(_ tensor: Tensor) -> Node {
        Node(source: .constant(tensor), shape: tensor.shape)
    }

    /// A scalar known when the graph is built.
    public static func constant(_ value: Float) -> Node {
        .constant(Tensor(scalar: value))
    }

    /// The nodes this one is computed from; none for an input or a constant.
    public var inputs: [Node] {
        if case .operation(_, let inputs) = source { inputs } else { [] }
    }

    /// The operation that computes this node; `nil` for an input or a constant.
    public var primitive: (any Primitive)? {
        if case .operation(let primitive, _) = source { primitive } else { nil }
    }

    /// The value of a constant node; `nil` for any other.
    public var constantValue: Tensor? {
        if case .constant(let tensor) = source { tensor } else { nil }
    }
}

extension Node: Hashable {
    /// Whether both are the same node: two nodes that compute the same value are not equal.
    public static func == (left: Node, right: Node) -> Bool { left === right }
    /// The identity of the node, whatever it computes.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension [Node] {
    /// These nodes and all they are computed from, each once and after its inputs.
    ///
    /// Iterative, so that the depth of a graph is not limited by the stack.
    public var inTopologicalOrder: [Node] {
        var order: [Node] = []
        var visited: Set<Node> = []
        var stack = reversed().map { (node: $0, isExpanded: false) }
        while let (node, isExpanded) = stack.popLast() {
            if isExpanded {
                order.append(node)
            } else if visited.insert(node).inserted {
                stack.append((node, true))
                for input in node.inputs.reversed() where !visited.contains(input) {
                    stack.append((input, false))
                }
            }
        }
        return order
    }
}
