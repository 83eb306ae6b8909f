import CSuretyKernels
import SuretyTensors

extension CodeSum: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let sum = surety_code_sum(
            zero_points: (Int32(operands[0].zeroPoint), Int32(operands[1].zeroPoint)), scales: (ratios[0], ratios[1]),
            zero_point: Int32(result.zeroPoint))
        return try PlainKernel(ofCodes: inputs, output: output) { operands, count in
            withUnsafePointer(to: sum) {
                surety_add_codes(operands.codes(0), operands.codes(1), $0, operands.resultingCodes, count)
            }
        }
    }
}
