import CSuretyOneDNN
import SuretyTensors

extension Convolution: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        if engine.algorithm == .winograd,
            let kernel = WinogradConvolution(self, inputs: inputs, output: output, engine: engine)
        {
            return kernel
        }
        let hasBias = inputs.count == (epilogue.addsLastInput ? 4 : 3)
        let extents = geometry.extents(image: inputs[0].shape, weights: inputs[1].shape, output: output)
        return try OneDNNKernel(
            "a convolution of \(inputs.map(\.shape))",
            accumulatingOnto: epilogue.addsLastInput ? inputs.count - 1 : nil
        ) { surety_dnn_convolution(engine.handle, extents, hasBias, epilogue.value, &$0) }
    }
}

extension ConvolutionBackwardData: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        if geometry.groups == 1, output[1] <= ColumnsToImage.mostChannels {
            return ColumnsToImage(geometry: geometry, derivative: inputs[0], weights: inputs[1].shape, image: output)
        }
        return try geometry.adjoint(name, of: inputs, weights: inputs[1].shape, image: output, output: inputs[0].shape, engine) {
            surety_dnn_convolution_backward_data(engine.handle, $0, $1, &$2)
        }
    }
}

extension ConvolutionBackwardWeights: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        try geometry.adjoint(name, of: inputs, weights: output, image: inputs[0].shape, output: inputs[1].shape, engine) {
            surety_dnn_convolution_backward_weights(engine.handle, $0, $1, &$2)
        }
    }
}

extension ConvolutionGeometry {
    /// oneDNN's kernel of an adjoint: by Winograd's algorithm, for all images at once, where the rule and the library allow it.
    ///
    /// Its bits then depend on the number of images, as the sum over them in a derivative by the weights always does. That is the
    /// batch of a training. For constant weights, an optimised program has `WinogradAdjoint` for the derivative by the image, whose
    /// bits are the same in any batch; one that is not optimised comes here.
    fileprivate func adjoint(
        _ name: String, of inputs: [Layout], weights: [Int], image: [Int], output: [Int], _ engine: Engine,
        create: (surety_dnn_geometry, Bool, inout OpaquePointer?) -> surety_dnn_status
    ) throws(GraphError) -> OneDNNKernel {
        let extents = extents(image: image, weights: weights, output: output)
        if engine.algorithm == .winograd, suitsWinograd(weights: weights),
            let kernel = try? OneDNNKernel(name, convolving: .winograd, { create(extents, true, &$0) })
        {
            return kernel
        }
        return try OneDNNKernel("\(name) of \(inputs.map(\.shape))") { create(extents, false, &$0) }
    }
}
