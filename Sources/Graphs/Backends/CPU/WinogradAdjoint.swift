import SuretyTensors

/// The adjoint of a convolution in its image, as the convolution by Winograd's algorithm that it is: of the derivative, with the
/// weights turned by 180° and their input and output channels exchanged. oneDNN has one of its own, which is slower than its direct
/// sums for the small images of a batch.
struct WinogradAdjoint: CPUPrimitive {
    private let kernel: WinogradConvolution

    var name: String { "convolution backward data" }

    func shape(of inputs: [[Int]]) -> [Int] { kernel.outputLayout.shape }

    func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a fused layer cannot be differentiated: differentiate before compiling")
    }

    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel { kernel }

    /// Replaces adjoints whose weights are constants, in programs that convolve by Winograd's algorithm.
    static func rule(on engine: Engine) -> RewritingRule {
        { (node, _) throws(GraphError) in
            guard engine.algorithm == .winograd, let adjoint = node.primitive as? ConvolutionBackwardData,
                let weights = node.inputs[1].constantValue, adjoint.geometry.suitsWinograd(weights: weights.shape)
            else { return node }
            let turned = weights.turned
            // Together with that of the convolution itself, the padding is the window's size less 1.
            let geometry = ConvolutionGeometry(
                paddingBefore: adjoint.geometry.paddingBefore.map { 2 - $0 },
                paddingAfter: adjoint.geometry.paddingAfter.map { 2 - $0 })
            guard geometry.paddingBefore.allSatisfy({ $0 >= 0 }), geometry.paddingAfter.allSatisfy({ $0 >= 0 }),
                let kernel = WinogradConvolution(
                    Convolution(geometry: geometry), inputs: [node.inputs[0].shape, turned.shape].map { Layout(plain: $0) },
                    output: node.shape, engine: engine, framing: true)
            else { return node }
            return try Node(WinogradAdjoint(kernel: kernel), [node.inputs[0], .constant(turned)])
        }
    }
}

extension Tensor {
    /// Weights [out, in, h, w] as [in, out, h, w], each window turned by 180°.
    fileprivate var turned: Tensor {
        let window = shape[2] * shape[3]
        var values = self.values
        for output in 0..<shape[0] {
            for input in 0..<shape[1] {
                let (source, target) = ((output * shape[1] + input) * window, (input * shape[0] + output) * window)
                for place in 0..<window { values[target + window - 1 - place] = self.values[source + place] }
            }
        }
        return Tensor(shape: [shape[1], shape[0], shape[2], shape[3]], values: values)
    }
}
