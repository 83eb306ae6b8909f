import CSuretyOneDNN
import SuretyTensors

extension Dense: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let hasBias = inputs.count == (epilogue.addsLastInput ? 4 : 3)
        let (batch, width) = (Int64(output[0]), Int64(inputs[0].shape[1]))
        return try OneDNNKernel(
            "a dense layer of \(inputs.map(\.shape))",
            accumulatingOnto: epilogue.addsLastInput ? inputs.count - 1 : nil
        ) { surety_dnn_dense(engine.handle, batch, width, Int64(output[1]), hasBias, epilogue.value, &$0) }
    }
}
