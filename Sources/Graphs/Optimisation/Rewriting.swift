import SuretyTensors

/// A rule that replaces a node by one that computes the same more cheaply, or returns it unchanged.
///
/// It sees a node whose inputs have been rewritten, and how many nodes use a given one: a node that is also used elsewhere
/// must not be absorbed.
typealias RewritingRule = (_ node: Node, _ uses: UseCount) throws(GraphError) -> Node

/// How many consumers each node has; being an output counts.
struct UseCount {
    fileprivate var counts: [Node: Int] = [:]

    /// Whether only one node consumes `node`.
    func isOne(_ node: Node) -> Bool { counts[node] == 1 }
}

/// The graph with `rules` applied to every node in turn, inputs first.
func rewritten(_ outputs: [Node], by rules: [RewritingRule]) throws(GraphError) -> [Node] {
    let order = outputs.inTopologicalOrder
    var original = UseCount()
    for node in order.flatMap(\.inputs) + outputs { original.counts[node, default: 0] += 1 }
    var uses = UseCount()
    var replacement: [Node: Node] = [:]
    for node in order {
        var new = node
        if let primitive = node.primitive {
            let inputs = node.inputs.map { replacement[$0] ?? $0 }
            if inputs != node.inputs { new = try Node(primitive, inputs) }
            for rule in rules { new = try rule(new, uses) }
        }
        replacement[node] = new
        uses.counts[new, default: 0] += original.counts[node] ?? 0
    }
    return outputs.map { replacement[$0] ?? $0 }
}

extension Node {
    /// The constant this node is, or merely repeats.
    var repeatedConstant: Tensor? {
        if let constantValue { return constantValue }
        guard primitive is Broadcast else { return nil }
        return inputs[0].constantValue
    }

    /// The constant with one value per channel (axis 1) that this node repeats over all other axes, as
    /// `count` values.
    func perChannelConstant(count: Int) -> [Float]? {
        guard let constant = repeatedConstant, shape.count >= 2, constant.shape.count == shape.count else { return nil }
        let others = constant.shape.indices.filter { $0 != 1 }
        guard others.allSatisfy({ constant.shape[$0] == 1 }) else { return nil }
        return constant.values.count == count ? constant.values : Array(repeating: constant.values[0], count: count)
    }
}
