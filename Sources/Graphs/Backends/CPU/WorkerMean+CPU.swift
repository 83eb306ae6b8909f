import SuretyTensors

extension WorkerMean: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        let count = output.elementCount
        return PlainKernel(inputs: inputs, output: output) { [meeting] operands in
            meeting.mean(of: operands.floats(0), count: count, into: operands.result)
        }
    }
}
