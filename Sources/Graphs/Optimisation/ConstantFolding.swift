import SuretyTensors

/// Computes at compile time what depends on constants alone.
///
/// A broadcast constant is left as it is: other rules recognise it, and repeating it would cost memory. So is a mean over
/// workers, who do not run yet.
func foldConstants(_ node: Node, _: UseCount) throws(GraphError) -> Node {
    guard let primitive = node.primitive, !(primitive is Broadcast), !(primitive is WorkerMean), !node.inputs.isEmpty,
        node.inputs.allSatisfy({ $0.repeatedConstant != nil }),
        node.shape.elementCount <= largestFoldedCount
    else { return node }
    let program = try Program(computing: [node], from: [], optimising: false)
    return .constant(try program.makeExecutor().run([])[0])
}

/// Elements beyond which a result is computed anew rather than stored: far above any parameter's size.
private let largestFoldedCount = 1 << 26
