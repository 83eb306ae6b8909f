import Graphs
import Tensors
import TestSupport
import Testing

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
    mutating func blockedLayoutsFlowThroughEveryKindOfLayer(channels: Int, batch: Int) throws {
        let x = Node.input("x", shape: [batch, 3, 6, 6])
        let first = try x.convolution(weights: parameter([channels, 3, 3, 3]), geometry: .init(padding: 1)).relu()
        let second = try first.convolution(
            weights: parameter([channels, channels, 3, 3]), bias: parameter([channels]), geometry: .init(padding: 1))
        let sum = try second + first
        let pooled = try sum.maximumPool(Window(size: [2, 2], strides: [2, 2]))
        let averaged = try sum.tanh().averagePool(Window(size: [2, 2], strides: [2, 2]))
        let joined = try Node.concatenated([pooled, averaged], axis: 1)
        let scaled = try (joined * parameter([2 * channels, 1, 1])).clipped(to: 0.01...0.8)
        let quotient = try (sum.exp() / (first + .constant(1))).sliced(from: [0, 0, 1, 0], to: [batch, channels, 6, 5])
        let flat = try scaled.reshaped(to: [batch, 2 * channels * 9]).dense(weights: parameter([10, 2 * channels * 9]))
        try expectMatch([flat, quotient, sum], of: [x])
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

    @Test mutating func anInputIsNotOverwritten() throws {
        let x = Node.input("x", shape: [2, 12])
        let y = Node.input("y", shape: [2, 3, 2, 2])
        let ontoInput = try x.dense(weights: parameter([12, 12])) + y.reshaped(to: [2, 12])
        let program = try Program(computing: [ontoInput, x, y], from: [x, y])
        let executor = try program.makeExecutor()
        let tensors = [x, y].map { Tensor(shape: $0.shape, values: generator.distinctValues(count: $0.shape.elementCount)) }
        let first = try executor.run(tensors)
        #expect(Array(first[1...]) == tensors)
        executor.run()
        #expect(Array(executor.output(0)) == first[0].values)
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
