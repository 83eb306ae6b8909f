import SuretyTensors

/// Two-dimensional cross-correlation of x [N, in, H, W] with weights [out, in/groups, kh, kw], plus
/// perhaps a bias [out]. With its two adjoints it forms a family closed under differentiation.
package struct Convolution: Primitive {
    package let geometry: ConvolutionGeometry
    package var epilogue = Epilogue.none

    package var name: String { "convolution" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count >= 2 else { throw GraphError("a convolution needs an image and weights") }
        let result = try geometry.outputShape(image: inputs[0], weights: inputs[1])
        let count = try epilogue.operandCount(of: inputs, result: result, name: name)
        guard count == 2 || count == 3 && inputs[2] == [result[1]] else {
            throw GraphError("the bias of a convolution needs the shape [\(result[1])], not \(inputs.dropFirst(2))")
        }
        return result
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        guard epilogue == .none else { throw GraphError("a fused layer cannot be differentiated: differentiate before compiling") }
        let (x, weights) = (output.inputs[0], output.inputs[1])
        var derivatives: [Node?] = [
            try Node(ConvolutionBackwardData(geometry: geometry, image: x.shape), [cotangent, weights]),
            try Node(ConvolutionBackwardWeights(geometry: geometry, weights: weights.shape), [x, cotangent]),
        ]
        if output.inputs.count == 3 { derivatives.append(try cotangent.sum(over: [0, 2, 3])) }
        return derivatives
    }
}

/// The adjoint of a convolution in its image: inputs the derivative with respect to the output, and weights.
package struct ConvolutionBackwardData: Primitive {
    package let geometry: ConvolutionGeometry
    package let image: [Int]

    package var name: String { "convolution backward data" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, try geometry.outputShape(image: image, weights: inputs[1]) == inputs[0] else {
            throw GraphError("\(name) to \(image) does not suit the shapes \(inputs)")
        }
        return image
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let (derivative, weights) = (output.inputs[0], output.inputs[1])
        return [
            try Node(Convolution(geometry: geometry), [cotangent, weights]),
            try Node(ConvolutionBackwardWeights(geometry: geometry, weights: weights.shape), [cotangent, derivative]),
        ]
    }
}

/// The adjoint of a convolution in its weights: inputs the image, and the derivative with respect to the output.
package struct ConvolutionBackwardWeights: Primitive {
    package let geometry: ConvolutionGeometry
    package let weights: [Int]

    package var name: String { "convolution backward weights" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, try geometry.outputShape(image: inputs[0], weights: weights) == inputs[1] else {
            throw GraphError("\(name) to \(weights) does not suit the shapes \(inputs)")
        }
        return weights
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let (image, derivative) = (output.inputs[0], output.inputs[1])
        return [
            try Node(ConvolutionBackwardData(geometry: geometry, image: image.shape), [derivative, cotangent]),
            try Node(Convolution(geometry: geometry), [image, cotangent]),
        ]
    }
}

extension Node {
    /// The two-dimensional cross-correlation of this image [N, in, H, W] with `weights`
    /// [out, in/groups, kh, kw], plus `bias` [out].
    public func convolution(
        weights: Node, bias: Node? = nil, geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) throws(GraphError) -> Node {
        try Node(Convolution(geometry: geometry), [self, weights] + (bias.map { [$0] } ?? []))
    }
}
