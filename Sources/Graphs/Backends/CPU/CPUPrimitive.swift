import CSuretyKernels
import CSuretyOneDNN

/// A primitive that the processor computes.
protocol CPUPrimitive: Primitive {
    /// Its kernel, for inputs that are available in the given layouts: `Backend`.
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel
}

/// A primitive whose kernel takes codes stored as bytes. The others get inputs as floats, and the planner converts what is
/// not stored as floats.
protocol CodePrimitive: CPUPrimitive {}

extension Engine: Backend {
    package func kernel(for primitive: any Primitive, inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel {
        guard let primitive = primitive as? any CPUPrimitive else {
            throw GraphError("the processor has no kernel for \(primitive.name)")
        }
        var available = inputs
        if !(primitive is any CodePrimitive) {
            for index in inputs.indices { available[index] = try inputs[index].storing(.float32) }
        }
        return try primitive.kernel(for: available, output: output, engine: self)
    }

    package func optimised(_ outputs: [Node]) throws(GraphError) -> [Node] {
        // Constants by direct sums, also where the program convolves by Winograd's algorithm.
        let folding = try foldConstants(on: algorithm == .direct ? self : Engine())
        return try rewritten(outputs, by: [
            folding, foldAffine, absorbBroadcast, fuseAffine, fuseEpilogue, fuseCodes, WinogradAdjoint.rule(on: self),
        ])
    }

    package func reorder(from source: Layout, to target: Layout) throws(GraphError) -> any Kernel {
        try source.reorder(to: target, engine: self)
    }

    package func run(_ steps: [Step]) {
        surety_dnn_compute_on_this_thread_only()
        // Subnormals cost time, and zeros of fused rectifiers may come out subnormal.
        let mode = surety_flush_subnormals()
        for step in steps { step() }
        surety_restore_float_mode(mode)
    }
}
