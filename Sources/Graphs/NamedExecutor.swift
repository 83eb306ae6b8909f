import SuretyTensors

/// A program with memory, whose inputs are written by name. For one thread at a time.
package final class NamedExecutor {
    private let executor: Executor
    private let places: [String: Int]

    /// - Parameter inputs: Input nodes, in any order.
    /// - Throws: `GraphError` for two inputs of the same name, and for what `Program` refuses.
    package convenience init(computing outputs: [Node], from inputs: [Node]) throws(GraphError) {
        try self.init(running: Program(computing: outputs, from: inputs), inputs: inputs)
    }

    /// - Parameter inputs: The inputs of the program, in its order.
    package init(running program: Program, inputs: [Node]) throws(GraphError) {
        executor = try program.makeExecutor()
        var places: [String: Int] = [:]
        for (index, input) in inputs.enumerated() {
            guard case .input(let name) = input.source else { continue }
            guard places[name] == nil else { throw GraphError("two inputs of the program are called '\(name)'") }
            places[name] = index
        }
        self.places = places
    }

    /// The memory of an input, a row for each element of its first axis.
    ///
    /// - Throws: `GraphError` for a name that no input has; it lists the names that exist.
    package func input(_ name: String) throws(GraphError) -> Images {
        guard let place = places[name] else {
            throw GraphError("the program has no input '\(name)': it has \(places.keys.sorted().joined(separator: ", "))")
        }
        return executor.input(place)
    }

    /// Writes inputs of these names, such as the parameters of a network.
    ///
    /// - Throws: `GraphError` for a name that no input has.
    package func set(_ values: [String: Tensor]) throws(GraphError) {
        for (name, tensor) in values { try input(name).elements.set(tensor.values) }
    }

    /// Computes the outputs from what the inputs hold now.
    package func run() { executor.run() }

    /// An output, a row for each element of its first axis; valid until the next run.
    package func output(_ index: Int) -> Images { executor.output(index) }
}
