import SuretyTensors

extension Concatenation: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let isOfCodes = inputs.allSatisfy { $0.element == .uint8 }
        let arrangement = try Arrangement(of: inputs, output: output, axis: axis, storing: isOfCodes ? .uint8 : .float32)
        return PlainKernel(inputs: arrangement.inputs, output: arrangement.output) { operands in
            if isOfCodes {
                arrangement.join(operands.codes, into: operands.resultingCodes)
            } else {
                arrangement.join(operands.floats, into: operands.result)
            }
        }
    }
}

/// The layouts in which concatenation is only copying: the result is a run of numbers of each input in turn, again and again.
private struct Arrangement {
    private(set) var inputs: [Layout]
    private(set) var output: Layout
    /// The numbers of each input that come at a time.
    private var runs: [Int]

    init(of given: [Layout], output shape: [Int], axis: Int, storing element: Layout.Element) throws(GraphError) {
        inputs = given.map { Layout(plain: $0.shape, of: element) }
        output = Layout(plain: shape, of: element)
        runs = given.map { Array($0.shape[axis...]).elementCount }
        // Channels may stay in the order that some layer before chose.
        guard axis == 1, let order = try given.first(where: { !$0.isPlain && $0.channelBlock != nil })?.storing(element) else { return }
        let joined = try order.resized(to: shape)
        var parts: [Layout] = []
        for input in given { parts.append(try order.resized(to: input.shape)) }
        if joined.channelBlock == shape[1], parts.allSatisfy({ $0.channelBlock == $0.shape[1] }) {
            // All channels of a pixel lie side by side.
            (inputs, output, runs) = (parts, joined, parts.map { $0.shape[1] })
        } else if let block = joined.channelBlock, parts.allSatisfy({ $0.channelBlock == block && $0.shape[1] % block == 0 }) {
            // Whole blocks of channels, one after another.
            (inputs, output) = (parts, joined)
        }
    }

    func join<Number>(_ source: (Int) -> UnsafePointer<Number>, into result: UnsafeMutablePointer<Number>) {
        let length = runs.reduce(0, +)
        let count = length == 0 ? 0 : output.shape.elementCount / length
        var start = 0
        for (index, run) in runs.enumerated() {
            let numbers = source(index)
            for place in 0..<count { (result + start + place * length).update(from: numbers + place * run, count: run) }
            start += run
        }
    }
}
