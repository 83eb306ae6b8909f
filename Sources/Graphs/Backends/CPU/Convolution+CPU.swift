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
        let extents = geometry.extents(image: output, weights: inputs[1].shape, output: inputs[0].shape)
        return try OneDNNKernel("\(name) of \(inputs.map(\.shape))") {
            surety_dnn_convolution_backward_data(engine.handle, extents, &$0)
        }
    }
}

extension ConvolutionBackwardWeights: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = geometry.extents(image: inputs[0].shape, weights: output, output: inputs[1].shape)
        return try OneDNNKernel("\(name) of \(inputs.map(\.shape))") {
            surety_dnn_convolution_backward_weights(engine.handle, extents, &$0)
        }
    }
}
