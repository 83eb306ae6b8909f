import CSuretyKernels
import SuretyTensors

extension Sum: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let input = inputs[0].shape
        if axes == [0, 2, 3], !inputs[0].isPlain, let block = inputs[0].channelBlock {
            let channels = surety_channels(
                images: Int64(input[0]), channels: Int64(input[1]), block: Int64(block), pixels: Int64(input[2] * input[3]))
            return PlainKernel(inputs: inputs, output: Layout(plain: output)) { operands in
                surety_channel_sum(channels, operands.floats(0), operands.result)
            }
        }
        guard input.count <= maximumRank else {
            throw GraphError("sum works on at most \(maximumRank) axes, and the shape is \(input)")
        }
        let (inputStrides, outputStrides) = (rowMajorStrides(of: input), rowMajorStrides(of: output))
        /// The chosen axes; neighbouring ones that are contiguous in memory are merged into one.
        func strided(_ chosen: [Int]) -> surety_strided {
            var merged: [(extent: Int, inputStride: Int, outputStride: Int)] = []
            for axis in chosen {
                if let last = merged.last, last.inputStride == inputStrides[axis] * input[axis],
                    last.outputStride == outputStrides[axis] * output[axis]
                {
                    merged[merged.count - 1] = (last.extent * input[axis], inputStrides[axis], outputStrides[axis])
                } else {
                    merged.append((input[axis], inputStrides[axis], outputStrides[axis]))
                }
            }
            return surety_strided(
                extents: merged.map(\.extent), inputStrides: merged.map(\.inputStride),
                outputStrides: merged.map(\.outputStride))
        }
        let kept = strided(input.indices.filter { !axes.contains($0) })
        let summed = strided(input.indices.filter(axes.contains))
        return PlainKernel(inputs: inputs, output: output) { operands in
            withUnsafePointer(to: kept) { kept in
                withUnsafePointer(to: summed) { summed in
                    surety_strided_sum(kept, summed, operands.floats(0), operands.result)
                }
            }
        }
    }
}
