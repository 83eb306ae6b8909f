import COneDNN
import Tensors

/// Arithmetic whose right operand is repeated along its axes of extent 1 while it is read. Made by
/// fusion from `Arithmetic` and `Broadcast`, after differentiation.
package struct BroadcastArithmetic: Primitive {
    package let arithmetic: Arithmetic

    package var name: String { arithmetic.name }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2 else { throw GraphError("\(name) needs two operands") }
        return try Broadcast(target: inputs[0]).shape(of: [inputs[1]])
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        throw GraphError("a fused operation cannot be differentiated: differentiate before compiling")
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // Padding would not stay zero.
        let left = inputs[0].isPadded ? Layout(plain: output) : inputs[0]
        let right = Layout(plain: inputs[1].shape)
        let kind =
            switch arithmetic {
            case .add: surety_dnn_add
            case .subtract: surety_dnn_subtract
            case .multiply: surety_dnn_multiply
            case .divide: surety_dnn_divide
            }
        return try OneDNNKernel("\(name) of \(inputs.map(\.shape))") {
            surety_dnn_combine(engine.handle, kind, left.handle, right.handle, Epilogue.none.value, &$0)
        }
    }
}
