import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

extension PrimitiveCase {
    static let concatenations: [PrimitiveCase] = [
        PrimitiveCase("concatenate rows", .any([2, 3]), .any([1, 3])) { try .concatenated($0, axis: 0) },
        PrimitiveCase("concatenate columns", .any([2, 3]), .any([2, 1]), .any([2, 2])) { try .concatenated($0, axis: 1) },
        PrimitiveCase("concatenate one", .any([2, 3])) { try .concatenated($0, axis: 1) },
        PrimitiveCase("concatenate twice the same", .any([2, 3])) { try .concatenated([$0[0], $0[0]], axis: 0) },
        PrimitiveCase("concatenate channels", .any([7, 3, 4, 5]), .any([7, 20, 4, 5])) { try .concatenated($0, axis: 1) },
    ]
}

@Suite struct ConcatenationTests {
    /// Layers leave their channels in an order of their own, which does not change what is joined: whole blocks, blocks that are
    /// not full, a mixture with images as they were given, and images of one pixel.
    @Test(arguments: [[8, 8], [16, 32, 16], [8, 24], [5, 16], [16, 3, 32], [48]], [1, 6])
    func theOrderOfChannelsInMemoryDoesNotMatter(counts: [Int], extent: Int) throws {
        var generator = SeededGenerator(seed: counts.count)
        func random(_ shape: [Int]) -> Tensor {
            Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in .random(in: -1...1, using: &generator) })
        }
        let x = Node.input("x", shape: [3, 16, extent, extent])
        let values = random(x.shape)
        var parts = try counts.map { try x.convolution(weights: .constant(random([$0, 16, 1, 1]))) } + [x]
        parts.append(try parts[0].maximumPool(Window(size: [1, 1], strides: [1, 1])).relu())
        func results(_ nodes: [Node]) throws -> [Tensor] {
            try Program(computing: nodes, from: [x]).makeExecutor().run([values])
        }
        let apart = try results(parts)
        let joined = try Node.concatenated(parts, axis: 1)
        let together = try results([joined, joined.maximumPool(Window(size: [1, 1], strides: [1, 1]))])
        let size = extent * extent
        let expected = (0..<3).flatMap { image in
            apart.flatMap { part in
                let count = part.shape[1] * size
                return part.values[image * count..<(image + 1) * count]
            }
        }
        #expect(together.allSatisfy { $0.values == expected })
    }

    @Test func shapesMustAgreeElsewhere() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try Node.concatenated([x, .input("y", shape: [2, 4])], axis: 0) }
        #expect(throws: GraphError.self) { try Node.concatenated([x, .input("y", shape: [2])], axis: 0) }
        #expect(throws: GraphError.self) { try Node.concatenated([x], axis: 2) }
        #expect(throws: GraphError.self) { try Node.concatenated([], axis: 0) }
    }
}
