import Graphs
import Tensors

/// A program with memory, whose inputs are written by name. For one thread at a time.
package final class NamedExecutor {
    private let executor: Executor
    private let places: [String: Int]

    /// - Parameter inputs: Input nodes of different names, in any order.
    package convenience init(computing outputs: [Node], from inputs: [Node]) throws(GraphError) {
        try self.init(running: Program(computing: outputs, from: inputs), inputs: inputs)
    }

    /// - Parameter inputs: Those of the program, in its order.
    package init(running program: Program, inputs: [Node]) throws(GraphError) {
        executor = try program.makeExecutor()
        var places: [String: Int] = [:]
        for (index, input) in inputs.enumerated() {
            if case .input(let name) = input.source { places[name] = index }
        }
        self.places = places
    }

    /// The memory of an input; empty for a name the program has no use for.
    package func input(_ name: String) -> UnsafeMutableBufferPointer<Float> {
        places[name].map(executor.input) ?? UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    package func set(_ name: String, to values: UnsafeBufferPointer<Float>) {
        let target = input(name)
        if !target.isEmpty { _ = target.update(fromContentsOf: values) }
    }

    package func set(_ parameters: [String: Tensor]) {
        for (name, tensor) in parameters { tensor.values.withUnsafeBufferPointer { set(name, to: $0) } }
    }

    package func run() { executor.run() }

    package func output(_ index: Int) -> UnsafeBufferPointer<Float> { executor.output(index) }
}
