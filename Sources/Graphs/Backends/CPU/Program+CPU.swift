extension Program {
    /// Compiles `outputs` as functions of `inputs`, for the processor: the default backend.
    ///
    /// - Parameter optimising: Whether to first fold constants and batch normalisation and fuse layers; otherwise, each node
    ///   becomes one kernel.
    /// - Parameter algorithm: How convolutions are computed, where there is a choice.
    /// - Throws: `GraphError` when the outputs need an input that is not in `inputs`, or a kernel cannot be made for some
    ///   shape, or there is not enough memory for the values in between.
    public convenience init(
        computing outputs: [Node], from inputs: [Node], optimising: Bool = true, convolving algorithm: ConvolutionAlgorithm = .direct
    ) throws(GraphError) {
        try self.init(computing: outputs, from: inputs, optimising: optimising, on: Engine(convolving: algorithm))
    }

    /// The library that computes programs, its version and the instructions it uses, for the provenance of results.
    public static var library: String { Engine.libraryVersion }
}

/// The same outputs, to the last bit, but what depends only on constants is already computed, and repeated operands are read
/// directly: for programs that must not be optimised further.
package func foldingConstants(_ outputs: [Node]) throws(GraphError) -> [Node] {
    try rewritten(outputs, by: [foldConstants(on: Engine()), absorbBroadcast])
}

extension ConvolutionAlgorithm {
    /// Whether this processor has the algorithm, for a suitable convolution.
    public var isAvailable: Bool { self == .direct || ((try? Engine().computes(self)) ?? false) }
}
