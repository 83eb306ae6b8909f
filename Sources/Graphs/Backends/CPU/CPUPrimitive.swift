/// A primitive that the processor computes.
protocol CPUPrimitive: Primitive {
    /// Its kernel, for inputs that are available in the given layouts: `Backend`.
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel
}

extension Engine: Backend {
    func kernel(for primitive: any Primitive, inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel {
        guard let primitive = primitive as? any CPUPrimitive else {
            throw GraphError("the processor has no kernel for \(primitive.name)")
        }
        return try primitive.kernel(for: inputs, output: output, engine: self)
    }

    func reorder(from source: Layout, to target: Layout) throws(GraphError) -> any Kernel {
        try source.reorder(to: target, engine: self)
    }
}
