/// Computes a program: it has a kernel for each primitive, and chooses the memory layouts.
///
/// A backend is a folder beside this file. The processor's (`Engine`) has an extension of each primitive that makes its kernel
/// (`CPUPrimitive`); a primitive without one is refused by name when a graph is compiled. A program's inputs, outputs and
/// constants are in row-major order; the backend may keep what lies between in orders of its own (`MemoryOrder`).
package protocol Backend: Sendable {
    /// How to compute a primitive, for inputs that are available in the given layouts.
    ///
    /// - Parameters:
    ///   - inputs: The layout each input has now. A kernel may ask for others; the planner reorders.
    ///   - output: The shape of the result.
    /// - Throws: `GraphError` where there is no kernel for the primitive, or for these shapes.
    func kernel(for primitive: any Primitive, inputs: [Layout], output: [Int]) throws(GraphError) -> any Kernel

    /// The same outputs from fewer and larger operations, for programs that may be optimised: they can be computed but not
    /// differentiated.
    func optimised(_ outputs: [Node]) throws(GraphError) -> [Node]

    /// The kernel that copies memory from one layout into another.
    func reorder(from source: Layout, to target: Layout) throws(GraphError) -> any Kernel

    /// Computes the steps of a program one after another, on the calling thread only.
    func run(_ steps: [Step])
}

extension Backend {
    /// What needs no kernel of its own: constants are computed, and scales and shifts per channel folded into weights. A
    /// backend with kernels for fused layers adds the rules that fuse.
    package func optimised(_ outputs: [Node]) throws(GraphError) -> [Node] {
        try rewritten(outputs, by: [foldConstants(on: self), foldAffine])
    }
}
