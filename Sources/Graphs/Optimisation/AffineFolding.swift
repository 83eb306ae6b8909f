import SuretyTensors

/// Folds a scale or shift per channel into the weights and bias of the convolution or dense layer before it, so that
/// inference-mode batch normalisation costs nothing.
func foldAffine(_ node: Node, _ uses: UseCount) throws(GraphError) -> Node {
    guard let arithmetic = node.primitive as? Arithmetic else { return node }
    let (left, right) = (node.inputs[0], node.inputs[1])
    if let folded = try fold(arithmetic, constant: right, into: left, uses) { return folded }
    // Only in a sum and a product may the operands be swapped.
    guard arithmetic == .add || arithmetic == .multiply else { return node }
    return try fold(arithmetic, constant: left, into: right, uses) ?? node
}

private func fold(
    _ arithmetic: Arithmetic, constant: Node, into layer: Node, _ uses: UseCount
) throws(GraphError) -> Node? {
    guard uses.isOne(layer), layer.isLayerWithoutEpilogue, let primitive = layer.primitive,
        let weights = layer.inputs[1].constantValue, layer.inputs.count == 2 || layer.inputs[2].constantValue != nil
    else { return nil }
    let channels = weights.shape[0]
    guard let values = constant.perChannelConstant(count: channels) else { return nil }
    let bias = layer.inputs.count == 3 ? layer.inputs[2].constantValue?.values : nil
    let oldBias = bias ?? Array(repeating: 0, count: channels)
    var scaled = weights
    var newBias = oldBias
    switch arithmetic {
    case .add: newBias = zip(oldBias, values).map { $0 + $1 }
    case .subtract: newBias = zip(oldBias, values).map { $0 - $1 }
    case .multiply, .divide:
        let combine: (Float, Float) -> Float = arithmetic == .multiply ? { $0 * $1 } : { $0 / $1 }
        let perChannel = weights.values.count / channels
        // A new array: writing into the old one element by element would copy all of it each time.
        let products = weights.values.indices.map { combine(weights.values[$0], values[$0 / perChannel]) }
        scaled = Tensor(shape: weights.shape, values: products)
        newBias = zip(oldBias, values).map(combine)
    }
    return try Node(
        primitive, [layer.inputs[0], .constant(scaled), .constant(Tensor(shape: [channels], values: newBias))])
}
