import SuretyTensors

extension PlainKernel {
    /// A kernel that treats every code alike, and so works in whatever order of memory its inputs share.
    init(ofCodes inputs: [Layout], output: [Int], body: @escaping @Sendable (Operands, Int) -> Void) throws(GraphError) {
        // What padding becomes nobody reads, but codes in blocks that are not full would cost.
        let ordered = inputs.first { !$0.isPlain && !$0.isPadded }
        let layout = try ordered?.storing(.uint8) ?? Layout(plain: output, of: .uint8)
        let count = layout.byteCount
        self.init(inputs: inputs.map { _ in layout }, output: layout) { body($0, count) }
    }
}
