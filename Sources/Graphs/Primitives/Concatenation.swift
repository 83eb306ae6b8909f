import CKernels
import Tensors

/// Nodes placed one after another along an axis.
package struct Concatenation: Primitive {
    package let axis: Int

    package var name: String { "concatenate" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard let first = inputs.first, first.indices.contains(axis) else {
            throw GraphError("concatenation along axis \(axis) does not suit the shapes \(inputs)")
        }
        func others(_ shape: [Int]) -> [Int] { shape.indices.filter { $0 != axis }.map { shape[$0] } }
        guard inputs.allSatisfy({ $0.count == first.count && others($0) == others(first) }) else {
            throw GraphError("shapes to be concatenated along axis \(axis) differ elsewhere: \(inputs)")
        }
        var shape = first
        shape[axis] = inputs.map { $0[axis] }.reduce(0, +)
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        var start = cotangent.shape.map { _ in 0 }
        var parts: [Node?] = []
        for input in output.inputs {
            var end = cotangent.shape
            end[axis] = start[axis] + input.shape[axis]
            parts.append(try cotangent.sliced(from: start, to: end))
            start[axis] = end[axis]
        }
        return parts
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
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

extension Node {
    /// `nodes` placed one after another along `axis`.
    public static func concatenated(_ nodes: [Node], axis: Int) throws(GraphError) -> Node {
        try Node(Concatenation(axis: axis), nodes)
    }
}
