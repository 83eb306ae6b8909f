import SuretyTensors

/// x·Wᵀ + b: inputs x [N, in], W [out, in] and perhaps b [out].
package struct Dense: Primitive {
    package var epilogue = Epilogue.none

    package var name: String { "dense" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count >= 2, inputs[0].count == 2, inputs[1].count == 2, inputs[0][1] == inputs[1][1] else {
            throw GraphError("a dense layer needs x [N, in] and weights [out, in], not \(inputs)")
        }
        let result = [inputs[0][0], inputs[1][0]]
        let count = try epilogue.operandCount(of: inputs, result: result, name: name)
        guard count == 2 || count == 3 && inputs[2] == [result[1]] else {
            throw GraphError("the bias of a dense layer needs the shape [\(result[1])], not \(inputs.dropFirst(2))")
        }
        return result
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        guard epilogue == .none else { throw GraphError("a fused layer cannot be differentiated: differentiate before compiling") }
        let (x, weights) = (output.inputs[0], output.inputs[1])
        var derivatives: [Node?] = [
            try cotangent.product(weights), try cotangent.product(x, transposingLeft: true),
        ]
        if output.inputs.count == 3 { derivatives.append(try cotangent.sum(over: [0])) }
        return derivatives
    }
}

extension Node {
    /// x·Wᵀ + b for this node x [N, in], weights W [out, in] and bias b [out].
    public func dense(weights: Node, bias: Node? = nil) throws(GraphError) -> Node {
        try Node(Dense(), [self, weights] + (bias.map { [$0] } ?? []))
    }
}
