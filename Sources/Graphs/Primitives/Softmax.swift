import Foundation
import Tensors

/// eˣ divided by the sum of eˣ along an axis, computed from differences to the maximum.
package struct Softmax: Primitive {
    package let axis: Int

    package var name: String { "softmax" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] { try axisShape(inputs, axis: axis) }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        let mean = try (cotangent * output).sum(over: [axis], keepingDimensions: true)
        return [try output * (cotangent - mean)]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        LinesKernel(input: inputs[0], output: output, axis: axis) { line, result in
            let maximum = line.maximum
            var total: Double = 0
            for i in 0..<line.count {
                let power = exp(line[i] - maximum)
                total += Double(power)
                result[i] = power
            }
            for i in 0..<line.count { result[i] = Float(Double(result[i]) / total) }
        }.kernel
    }
}

/// log Σ eˣ along an axis, which keeps the extent 1, computed from differences to the maximum.
package struct LogSumExp: Primitive {
    package let axis: Int

    package var name: String { "logsumexp" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        var shape = try axisShape(inputs, axis: axis)
        shape[axis] = 1
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try cotangent * output.inputs[0].softmax(axis: axis)]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        LinesKernel(input: inputs[0], output: output, axis: axis) { line, result in
            let maximum = line.maximum
            var total: Double = 0
            for i in 0..<line.count { total += Double(exp(line[i] - maximum)) }
            result[0] = maximum + Float(log(total))
        }.kernel
    }
}

extension Primitive {
    fileprivate func axisShape(_ inputs: [[Int]], axis: Int) throws(GraphError) -> [Int] {
        guard inputs.count == 1, inputs[0].indices.contains(axis), inputs[0][axis] > 0 else {
            throw GraphError("\(name) along axis \(axis) does not suit the shape \(inputs)")
        }
        return inputs[0]
    }
}

/// The elements of a tensor that differ only in one axis.
private struct Line<Pointer> {
    let start: Pointer
    let stride: Int
    let count: Int
}

extension Line<UnsafePointer<Float>> {
    subscript(index: Int) -> Float { start[index * stride] }

    /// The largest element; NaN when there is one.
    var maximum: Float {
        var maximum = self[0]
        for i in 1..<max(1, count) where self[i] > maximum || self[i].isNaN { maximum = self[i] }
        return maximum
    }
}

extension Line<UnsafeMutablePointer<Float>> {
    subscript(index: Int) -> Float {
        get { start[index * stride] }
        nonmutating set { start[index * stride] = newValue }
    }
}

/// A kernel that works line by line along an axis.
private struct LinesKernel {
    let input: Layout
    let output: [Int]
    let axis: Int
    let body: @Sendable (Line<UnsafePointer<Float>>, Line<UnsafeMutablePointer<Float>>) -> Void

    var kernel: PlainKernel {
        let (extent, resultExtent) = (input.shape[axis], output[axis])
        let outer = input.shape[..<axis].reduce(1, *)
        let inner = input.shape[(axis + 1)...].reduce(1, *)
        return PlainKernel(inputs: [input], output: output) { [body] operands in
            for i in 0..<outer {
                for j in 0..<inner {
                    body(
                        Line(start: operands.floats(0) + i * extent * inner + j, stride: inner, count: extent),
                        Line(start: operands.result + i * resultExtent * inner + j, stride: inner, count: resultExtent))
                }
            }
        }
    }
}

extension Node {
    /// eˣ divided by the sum of eˣ along `axis`.
    public func softmax(axis: Int) throws(GraphError) -> Node { try Node(Softmax(axis: axis), [self]) }

    /// log Σ eˣ along `axis`, which vanishes unless its dimension is kept with extent 1.
    public func logSumExp(axis: Int, keepingDimensions: Bool = false) throws(GraphError) -> Node {
        let sum = try Node(LogSumExp(axis: axis), [self])
        if keepingDimensions { return sum }
        return try sum.reshaped(to: shape.indices.filter { $0 != axis }.map { shape[$0] })
    }
}
