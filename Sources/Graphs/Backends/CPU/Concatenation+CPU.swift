import CSuretyKernels
import SuretyTensors

extension Concatenation: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        guard output.count <= maximumRank else {
            throw GraphError("\(name) works on at most \(maximumRank) axes, and the shape is \(output)")
        }
        let strides = rowMajorStrides(of: output)
        var offset = 0
        var copies: [(shape: surety_strided, offset: Int)] = []
        for input in inputs.map(\.shape) {
            let copy = surety_strided(extents: input, inputStrides: rowMajorStrides(of: input), outputStrides: strides)
            copies.append((copy, offset))
            offset += input[axis] * strides[axis]
        }
        return PlainKernel(inputs: inputs, output: output) { [copies] operands in
            for (index, copy) in copies.enumerated() {
                withUnsafePointer(to: copy.shape) {
                    surety_strided_copy($0, operands.floats(index), operands.result + copy.offset)
                }
            }
        }
    }
}
