import CSuretyKernels
import SuretyTensors

extension Quantiser: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // In the memory order of the layer before; the zeros of padding must stay codes of 0.
        let blocked = inputs[0].isPadded && quantisation.zeroPoint != 0 ? Layout(plain: output) : inputs[0]
        let codes = try blocked.storing(.uint8)
        return PlainKernel(inputs: [blocked], output: codes) { [quantisation] operands in
            surety_quantise(
                operands.floats(0), quantisation.scale, Int32(quantisation.zeroPoint), operands.resultingCodes, codes.byteCount)
        }
    }
}
