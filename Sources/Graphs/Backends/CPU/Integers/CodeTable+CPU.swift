import CSuretyKernels
import SuretyTensors

extension CodeTable: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        try PlainKernel(ofCodes: inputs, output: output) { [values] operands, count in
            surety_look_up(values, operands.codes(0), operands.resultingCodes, count)
        }
    }
}
