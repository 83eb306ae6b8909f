import SuretyTensors

/// Lets a convolution or dense layer add a residual and rectify its result before storing it.
func fuseEpilogue(_ node: Node, _ uses: UseCount) throws(GraphError) -> Node {
    if let rectifier = node.primitive as? Rectifier, uses.isOne(node.inputs[0]), var epilogue = node.inputs[0].epilogue,
        epilogue.rectifierSlope == nil
    {
        epilogue.rectifierSlope = rectifier.slope
        return try node.inputs[0].with(epilogue, inputs: node.inputs[0].inputs)
    }
    if node.primitive as? Arithmetic == .add {
        for (layer, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])]
        where layer !== other && uses.isOne(layer) && layer.isLayerWithoutEpilogue && !layer.hasBlindWindow
            && other.repeatedConstant == nil
        {
            return try layer.with(Epilogue(addsLastInput: true), inputs: layer.inputs + [other])
        }
    }
    return node
}

/// Scales, shifts and rectifies in one pass what no layer has taken over: normalisation before a layer.
func fuseAffine(_ node: Node, _ uses: UseCount) throws(GraphError) -> Node {
    guard let before = node.inputs.first, uses.isOne(before) else { return node }
    if let rectifier = node.primitive as? Rectifier, let affine = before.primitive as? Affine, affine.rectifierSlope == nil {
        return try Node(Affine(rectifierSlope: rectifier.slope), before.inputs)
    }
    if (node.primitive as? BroadcastArithmetic)?.arithmetic == .add,
        (before.primitive as? BroadcastArithmetic)?.arithmetic == .multiply
    {
        let (scale, shift) = (before.inputs[1], node.inputs[1])
        let isAffine = scale.shape == shift.shape && Affine.isPerChannel(scale.shape, of: node.shape)
        return isAffine ? try Node(Affine(), [before.inputs[0], scale, shift]) : node
    }
    return node
}

/// Reads a broadcast operand directly, without storing the repetition.
func absorbBroadcast(_ node: Node, _: UseCount) throws(GraphError) -> Node {
    guard let arithmetic = node.primitive as? Arithmetic else { return node }
    let (left, right) = (node.inputs[0], node.inputs[1])
    func isReadable(_ operand: Node) -> Bool {
        operand.primitive is Broadcast && Repetition(of: operand.inputs[0].shape, in: node.shape) != nil
    }
    if isReadable(right) {
        return try Node(BroadcastArithmetic(arithmetic: arithmetic), [left, right.inputs[0]])
    }
    if isReadable(left), arithmetic == .add || arithmetic == .multiply {
        return try Node(BroadcastArithmetic(arithmetic: arithmetic), [right, left.inputs[0]])
    }
    return node
}

extension Node {
    /// What is done to this layer's result before it is stored; `nil` if this layer cannot be fused.
    fileprivate var epilogue: Epilogue? {
        switch primitive {
        case let convolution as Convolution: convolution.epilogue
        case let dense as Dense: dense.epilogue
        default: nil
        }
    }

    var isLayerWithoutEpilogue: Bool { epilogue == Epilogue.none }

    /// Whether this is a convolution whose window somewhere lies on padding alone. There, oneDNN 2.6's kernel for AVX-512 forgets the
    /// bias when it adds a residual, and crashes when it also rectifies.
    fileprivate var hasBlindWindow: Bool {
        guard let geometry = (primitive as? Convolution)?.geometry else { return false }
        let window = Window(
            size: Array(inputs[1].shape[2...]), strides: geometry.strides, dilation: geometry.dilation,
            paddingBefore: geometry.paddingBefore, paddingAfter: geometry.paddingAfter)
        return (try? window.outputShapeOfElements(image: inputs[0].shape)) == nil
    }

    fileprivate func with(_ epilogue: Epilogue, inputs: [Node]) throws(GraphError) -> Node {
        switch primitive {
        case var convolution as Convolution:
            convolution.epilogue = epilogue
            return try Node(convolution, inputs)
        case var dense as Dense:
            dense.epilogue = epilogue
            return try Node(dense, inputs)
        default:
            return self
        }
    }
}
