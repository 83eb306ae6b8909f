import SuretyTensors

/// Lets an integer convolution store the codes of its numbers at once, if the processor rounds them as the definition says.
func fuseCodes(_ node: Node, _ uses: UseCount) throws(GraphError) -> Node {
    guard let quantiser = node.primitive as? Quantiser, quantiser.quantisation.scale == 1,
        [0, 128].contains(quantiser.quantisation.zeroPoint), uses.isOne(node.inputs[0]),
        var convolution = node.inputs[0].primitive as? IntegerConvolution, convolution.output == .numbers
    else { return node }
    convolution.output = .codes(zeroPoint: quantiser.quantisation.zeroPoint)
    return try Node(convolution, node.inputs[0].inputs)
}
