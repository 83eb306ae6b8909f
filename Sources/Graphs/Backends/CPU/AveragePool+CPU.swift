import CSuretyOneDNN
import SuretyTensors

extension AveragePool: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = window.extents(image: inputs[0].shape, output: output)
        return try OneDNNKernel("\(name) of \(inputs[0].shape)") { kernel in
            inputs[0].withOneDNN { surety_dnn_pool(engine.handle, kind, extents, $0, &kernel) }
        }
    }
}

extension AveragePoolAdjoint: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = pool.window.extents(image: image, output: inputs[0].shape)
        return try OneDNNKernel("\(name) of \(image)") {
            surety_dnn_average_pool_backward(engine.handle, pool.kind, extents, &$0)
        }
    }
}

extension AveragePool {
    fileprivate var kind: surety_dnn_pooling {
        countsPadding ? surety_dnn_average_with_padding : surety_dnn_average_without_padding
    }
}
