import CSuretyKernels
import SuretyTensors

extension BroadcastArithmetic: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let (left, repetitions) = inputs[0].repeating(inputs[1].shape)
        let function =
            switch arithmetic {
            case .add: surety_add_repeated
            case .subtract: surety_subtract_repeated
            case .multiply: surety_multiply_repeated
            case .divide: surety_divide_repeated
            }
        return PlainKernel(inputs: [left, Layout(plain: inputs[1].shape)], output: left) { operands in
            for repetition in repetitions {
                function(
                    operands.floats(0) + repetition.offset, operands.floats(1) + repetition.start,
                    operands.result + repetition.offset, repetition.shape)
            }
        }
    }
}

/// Part of a value's memory, from the element `offset` on, along which a smaller value is repeated from its element `start` on.
struct RepeatedPart {
    let shape: surety_repetition
    var start = 0
    var offset = 0
}

extension Layout {
    /// The layout in which to work on a value that has this one; how one of the shape `right` is repeated along its memory.
    func repeating(_ right: [Int]) -> (Layout, [RepeatedPart]) {
        let isScalar = right.allSatisfy { $0 == 1 }
        // Padding would not stay zero.
        if !isPlain, !isPadded, isScalar || right.count == 4 && right[1] == right.elementCount {
            let count = shape.elementCount
            if isScalar { return (self, [RepeatedPart(shape: surety_repetition(outer: 1, middle: 1, inner: Int64(count)))]) }
            if let block = channelBlock {
                let pixels = Int64(shape[2] * shape[3])
                let run = surety_repetition(outer: pixels, middle: Int64(block), inner: 1)
                let starts = (0..<shape[0]).flatMap { _ in stride(from: 0, to: shape[1], by: block) }
                return (self, starts.enumerated().map { part, start in
                    RepeatedPart(shape: run, start: start, offset: part * shape[2] * shape[3] * block)
                })
            }
        }
        return (Layout(plain: shape), Repetition(of: right, in: shape).map { [RepeatedPart(shape: surety_repetition($0))] } ?? [])
    }
}

extension surety_repetition {
    fileprivate init(_ repetition: Repetition) {
        self.init(outer: Int64(repetition.outer), middle: Int64(repetition.middle), inner: Int64(repetition.inner))
    }
}
