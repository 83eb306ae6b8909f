/// A primitive that the processor computes.
protocol CPUPrimitive: Primitive {
    /// Its kernel, for inputs that are available in the given layouts: `Backend`.
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel
}

/// One whose kernel takes codes as the bytes they lie in. The others are shown inputs as if they were floats, and the planner
/// copies what is not.
protocol CodePrimitive: CPUPrimitive {}

extension Engine: Backend {
    func kernel(for primitive: any Primitive, inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel {
        guard let primitive = primitive as? any CPUPrimitive else {
            throw GraphError("the processor has no kernel for \(primitive.name)")
        }
        var available = inputs
        if !(primitive is any CodePrimitive) {
            for index in inputs.indices { available[index] = try inputs[index].storing(.float32) }
        }
        return try primitive.kernel(for: available, output: output, engine: self)
    }

    func reorder(from source: Layout, to target: Layout) throws(GraphError) -> any Kernel {
        try source.reorder(to: target, engine: self)
    }
}
