import CKernels
import Tensors

/// Arithmetic whose right operand is repeated along its axes of extent 1 while it is read. Made by
/// fusion from `Arithmetic` and `Broadcast`, after differentiation.
package struct BroadcastArithmetic: Primitive {
    package let arithmetic: Arithmetic

    package var name: String { arithmetic.name }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2 else { throw GraphError("\(name) needs two operands") }
        let shape = try Broadcast(target: inputs[0]).shape(of: [inputs[1]])
        guard Repetition(of: inputs[1], in: shape) != nil else {
            throw GraphError("\(name) cannot repeat \(inputs[1]) to \(shape) while reading: an axis between others is repeated")
        }
        return shape
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a fused operation cannot be differentiated: differentiate before compiling")
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
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

    /// The layout to work in, and how the right operand, from which element on, is repeated along its memory.
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

/// How an operand is repeated where its axes of extent 1 stand outside and inside of the others: as often around as
/// `outer`, and each element as often as `inner`.
struct Repetition {
    let outer: Int
    let middle: Int
    let inner: Int

    /// `nil` when an axis is repeated between two that are not.
    init?(of right: [Int], in left: [Int]) {
        let own = right.indices.filter { right[$0] != 1 }
        let range = (own.first ?? left.count)..<(own.last.map { $0 + 1 } ?? left.count)
        guard range.allSatisfy({ right[$0] == left[$0] }) else { return nil }
        outer = Array(left[..<range.lowerBound]).elementCount
        middle = Array(left[range]).elementCount
        inner = Array(left[range.upperBound...]).elementCount
    }
}

extension surety_repetition {
    fileprivate init(_ repetition: Repetition) {
        self.init(outer: Int64(repetition.outer), middle: Int64(repetition.middle), inner: Int64(repetition.inner))
    }
}
