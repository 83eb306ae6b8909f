import SuretyTensors

extension PlainKernel {
    /// A kernel that treats all codes alike, and so works in any memory order that its inputs share.
    init(ofCodes inputs: [Layout], output: [Int], body: @escaping @Sendable (Operands, Int) -> Void) throws(GraphError) {
        // Nobody reads what padding becomes, but computing codes in blocks that are not full would take time.
        let ordered = inputs.first { !$0.isPlain && !$0.isPadded }
        let layout = try ordered?.storing(.uint8) ?? Layout(plain: output, of: .uint8)
        let count = layout.byteCount
        self.init(inputs: inputs.map { _ in layout }, output: layout) { body($0, count) }
    }
}
