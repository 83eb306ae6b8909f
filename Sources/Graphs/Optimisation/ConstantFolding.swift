import SuretyTensors

/// Computes at compile time, on this backend, what depends on constants alone.
///
/// A broadcast constant is left unchanged: other rules recognise it, and repeating it would cost memory. A mean over workers
/// is also left unchanged, because the workers do not run yet.
func foldConstants(on backend: any Backend) -> RewritingRule {
    { (node, _) throws(GraphError) in
        guard let primitive = node.primitive, !(primitive is Broadcast), !(primitive is WorkerMean), !node.inputs.isEmpty,
            node.inputs.allSatisfy({ $0.repeatedConstant != nil }),
            node.shape.elementCount <= largestFoldedCount
        else { return node }
        let program = try Program(computing: [node], from: [], optimising: false, on: backend)
        return .constant(try program.makeExecutor().run([])[0])
    }
}

/// The number of elements above which a result is computed anew rather than stored: far above any parameter's size.
private let largestFoldedCount = 1 << 26
