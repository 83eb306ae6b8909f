import CSuretyKernels
import SuretyTensors

extension Concatenation: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        if inputs.allSatisfy({ $0.element == .uint8 }) { return try kernelForCodes(inputs, output: output) }
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
    /// Copies runs of bytes: with all channels side by side, channels are put together pixel by pixel.
    private func kernelForCodes(_ inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel {
        var layouts = inputs.map { Layout(plain: $0.shape, of: .uint8) }
        var result = Layout(plain: output, of: .uint8)
        var runs = inputs.map { Array($0.shape[axis...]).elementCount }
        if axis == 1, inputs.allSatisfy({ !$0.isPlain && $0.channelBlock == $0.shape[1] }) {
            (layouts, result) = (inputs, try inputs[0].resized(to: output))
            runs = inputs.map { $0.shape[1] }
        }
        let length = runs.reduce(0, +)
        let count = length == 0 ? 0 : output.elementCount / length
        return PlainKernel(inputs: layouts, output: result) { [runs] operands in
            var start = 0
            for (index, run) in runs.enumerated() {
                let (source, target) = (operands.codes(index), operands.resultingCodes + start)
                for place in 0..<count { (target + place * length).update(from: source + place * run, count: run) }
                start += run
            }
        }
    }
}
