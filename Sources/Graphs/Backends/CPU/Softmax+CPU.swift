import CSuretyKernels
import Foundation
import SuretyTensors

extension Softmax: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        if axis == output.count - 1 {
            return PlainKernel(inputs: inputs, output: output) { operands in
                surety_softmax(operands.floats(0), operands.result, output.dropLast().reduce(1, *), output[output.count - 1])
            }
        }
        return LinesKernel(input: inputs[0], output: output, axis: axis) { line, result in
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

extension LogSumExp: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) -> any Kernel {
        LinesKernel(input: inputs[0], output: output, axis: axis) { line, result in
            let maximum = line.maximum
            var total: Double = 0
            for i in 0..<line.count { total += Double(exp(line[i] - maximum)) }
            result[0] = maximum + Float(log(total))
        }.kernel
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

    /// The largest element; NaN if any element is NaN.
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
