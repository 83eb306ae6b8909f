import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// Graphs in which memory is shared, overwritten or laid out in blocks, so that a wrong plan shows.
@Suite struct PlannerTests {
    private var generator = SeededGenerator(seed: 5)

    private mutating func parameter(_ shape: [Int]) -> Node {
        let values = generator.distinctValues(count: shape.elementCount).map { $0 * 0.3 }
        return .constant(Tensor(shape: shape, values: values))
    }

    private mutating func expectMatch(_ outputs: [Node], of inputs: [Node]) throws {
        let values = inputs.map { generator.distinctValues(count: $0.shape.elementCount) }
        try expectProgramsMatchReference(outputs, of: inputs, values: values)
    }

    @Test(arguments: [1, 3, 5, 16, 20, 50], [1, 7])
    func blockedLayoutsFlowThroughEveryKindOfLayer(channels: Int, batch: Int) throws {
        try expectBlockedLayoutsToFlow(channels: channels, batch: batch)
    }

    @Test mutating func aLayerThatAddsItsOwnInputDoesNotOverwriteWhatItReads() throws {
        let x = Node.input("x", shape: [2, 16, 5, 5])
        let inner = try x.tanh()
        let sum = try inner.convolution(weights: parameter([16, 16, 3, 3]), geometry: .init(padding: 1)) + inner
        let flat = try sum.mean(over: [2, 3])
        try expectMatch([try flat.dense(weights: parameter([16, 16])) + flat], of: [x])
    }

    @Test mutating func aReorderedCopyThatWasReshapedAndOverwrittenIsNotReadAgain() throws {
        let x = Node.input("x", shape: [2, 16, 4, 4])
        let y = try x.convolution(weights: parameter([16, 16, 3, 3]), geometry: .init(padding: 1)).relu()
        let flat = try y.reshaped(to: [2, 256])
        let sum = try x.reshaped(to: [2, 256]).dense(weights: parameter([256, 256])) + flat
        try expectMatch([sum, y], of: [x])
    }

    @Test mutating func aResidualUsedAgainLaterIsNotOverwritten() throws {
        let x = Node.input("x", shape: [1, 8, 5, 5])
        let residual = try x.convolution(weights: parameter([8, 8, 1, 1])).relu()
        let sum = try residual.convolution(weights: parameter([8, 8, 3, 3]), geometry: .init(padding: 1)) + residual
        let later = try sum.relu() * residual
        try expectMatch([later], of: [x])
        try expectMatch([later, residual, sum], of: [x])
    }

    @Test(arguments: [true, false])
    mutating func anInputIsNotOverwritten(asOutputToo: Bool) throws {
        let x = Node.input("x", shape: [2, 12])
        let y = Node.input("y", shape: [2, 3, 2, 2])
        let ontoInput = try x.dense(weights: parameter([12, 12])) + y.reshaped(to: [2, 12])
        let executor = try Program(computing: [ontoInput] + (asOutputToo ? [x, y] : []), from: [x, y]).makeExecutor()
        let tensors = [x, y].map { Tensor(shape: $0.shape, values: generator.distinctValues(count: $0.shape.elementCount)) }
        let first = try executor.run(tensors)
        if asOutputToo { #expect(Array(first[1...]) == tensors) }
        executor.run()
        #expect(Array(executor.output(0).elements) == first[0].values)
        #expect(Array(executor.input(1).elements) == tensors[1].values)
    }

    @Test mutating func constantsAndInputsCanBeOutputs() throws {
        let x = Node.input("x", shape: [2, 3])
        let constant = parameter([4])
        try expectMatch([constant, x, constant, try x.reshaped(to: [6]), try x.reshaped(to: [6]).relu(), x], of: [x])
    }

    @Test mutating func aNodeUsedTwiceByOneOperation() throws {
        let x = Node.input("x", shape: [2, 5, 3, 3])
        let y = try x.convolution(weights: parameter([5, 5, 3, 3]), geometry: .init(padding: 1))
        try expectMatch([try (y + y).relu() * y, try Node.concatenated([y, y], axis: 1)], of: [x])
    }

    @Test mutating func ranksAboveSix() throws {
        let x = Node.input("x", shape: [2, 1, 2, 1, 3, 1, 2, 1])
        let y = try x.tanh().transposed([4, 1, 0, 3, 2, 5, 7, 6])
        try expectMatch([try (y * y).sum(over: [0, 4]), y], of: [x])
    }

    @Test func moreAxesThanKernelsTakeIsAnError() throws {
        let x = Node.input("x", shape: Array(repeating: 1, count: 9))
        #expect(throws: GraphError.self) { try Program(computing: [x.transposed([1, 0, 2, 3, 4, 5, 6, 7, 8])], from: [x]) }
    }
}
