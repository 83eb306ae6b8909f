/// A kernel that treats all elements alike, and so works in any layout that its inputs share.
struct ElementwiseKernel: Kernel {
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let body: @Sendable (Operands, Int) -> Void

    /// - Parameters:
    ///   - keepsZero: Whether zeros give zero, so that the padding of a blocked layout stays zero.
    ///   - body: Computes the result for the given number of elements.
    init(_ inputs: [Layout], output: [Int], keepsZero: Bool, body: @escaping @Sendable (Operands, Int) -> Void) {
        let blocked = inputs.first { !$0.isPlain && (keepsZero || !$0.isPadded) }
        let layout = blocked ?? Layout(plain: output)
        inputLayouts = inputs.map { _ in layout }
        outputLayout = layout
        self.body = body
    }

    func bind(_ operands: Operands) -> Step {
        let count = outputLayout.byteCount / MemoryLayout<Float>.stride
        return { [body] in body(operands, count) }
    }
}
