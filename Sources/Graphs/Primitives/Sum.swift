import CKernels
import Tensors

/// The sum over some axes, which keep the extent 1; the adjoint of `Broadcast`.
package struct Sum: Primitive {
    package let axes: Set<Int>

    package var name: String { "sum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1, axes.allSatisfy(inputs[0].indices.contains) else {
            throw GraphError("a shape \(inputs) has not all of the axes \(axes.sorted())")
        }
        return inputs[0].indices.map { axes.contains($0) ? 1 : inputs[0][$0] }
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try cotangent.broadcast(to: output.inputs[0].shape)]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
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
        /// The chosen axes, neighbours that lie one after another in memory as one.
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

extension Node {
    /// The sum over `axes`, which vanish unless their dimensions are kept with extent 1.
    public func sum(over axes: [Int], keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let sum = axes.isEmpty ? self : try Node(Sum(axes: Set(axes)), [self])
        if keepingDimensions { return sum }
        return try sum.reshaped(to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
    }

    /// The sum of all elements, a scalar.
    public func sum() throws(GraphError) -> Node { try sum(over: Array(shape.indices)) }

    /// The mean over `axes`, which vanish unless their dimensions are kept with extent 1.
    public func mean(over axes: [Int], keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let total = try sum(over: axes, keepingDimensions: keepingDimensions)
        let count = shape.elementCount / max(1, total.shape.elementCount)
        return try total * .constant(1 / Float(count))
    }
}
