import CSuretyKernels
import SuretyTensors

extension BroadcastArithmetic: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let (left, repetitions) = plan(left: inputs[0], right: inputs[1].shape)
        let function =
            switch arithmetic {
            case .add: surety_add_repeated
            case .subtract: surety_subtract_repeated
            case .multiply: surety_multiply_repeated
            case .divide: surety_divide_repeated
            }
        return PlainKernel(inputs: [left, Layout(plain: inputs[1].shape)], output: left) { operands in
            var offset = 0
            for repetition in repetitions {
                function(
                    operands.floats(0) + offset, operands.floats(1) + repetition.start, operands.result + offset,
                    repetition.shape)
                offset += Int(repetition.shape.outer * repetition.shape.middle * repetition.shape.inner)
            }
        }
    }

    /// The layout to work in; how the right operand is repeated along its memory, and from which element.
    private func plan(left: Layout, right: [Int]) -> (Layout, [(shape: surety_repetition, start: Int)]) {
        let shape = left.shape
        let isScalar = right.allSatisfy { $0 == 1 }
        // Padding would not stay zero.
        if !left.isPlain, !left.isPadded, isScalar || right.count == 4 && right[1] == right.elementCount {
            let count = shape.elementCount
            if isScalar { return (left, [(surety_repetition(outer: 1, middle: 1, inner: Int64(count)), 0)]) }
            if let block = left.channelBlock {
                let pixels = Int64(shape[2] * shape[3])
                let run = surety_repetition(outer: pixels, middle: Int64(block), inner: 1)
                let starts = (0..<shape[0]).flatMap { _ in stride(from: 0, to: shape[1], by: block) }
                return (left, starts.map { (run, $0) })
            }
        }
        return (Layout(plain: shape), Repetition(of: right, in: shape).map { [(surety_repetition($0), 0)] } ?? [])
    }
}

extension surety_repetition {
    fileprivate init(_ repetition: Repetition) {
        self.init(outer: Int64(repetition.outer), middle: Int64(repetition.middle), inner: Int64(repetition.inner))
    }
}
