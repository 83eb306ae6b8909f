import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

extension PrimitiveCase {
    static let affineMaps: [PrimitiveCase] = [
        PrimitiveCase("scale and shift", .any([2, 5, 3, 2]), .any([1, 5, 1, 1]), .any([1, 5, 1, 1])) { try $0[0] * $0[1] + $0[2] },
        PrimitiveCase("scale, shift and rectify", .any([3, 8, 4, 2]), .any([1, 8, 1, 1]), .any([1, 8, 1, 1])) {
            try ($0[0] * $0[1] + $0[2]).leakyRelu(slope: 0.3)
        },
        PrimitiveCase("scale and shift columns", .any([4, 7]), .any([1, 7]), .any([1, 7])) { try $0[0] * $0[1] + $0[2] },
    ]
}

@Suite struct AffineTests {
    /// Between convolutions, where channels lie in blocks or come last, it gives the bits of the three operations it is made of.
    @Test(arguments: [8, 16, 20, 24, 33], [0, 0.2] as [Float])
    func givesTheBitsOfThreeOperations(channels: Int, slope: Float) throws {
        var generator = SeededGenerator(seed: channels)
        let x = Node.input("x", shape: [2, 3, 9, 7])
        func constant(_ shape: [Int]) -> Node {
            .constant(Tensor(shape: shape, values: generator.distinctValues(count: shape.elementCount)))
        }
        let first = try x.convolution(weights: constant([channels, 3, 3, 3]), geometry: .init(padding: 1)).relu()
        let product = try first * constant([1, channels, 1, 1])
        let sum = try product + constant([1, channels, 1, 1])
        let rectified = try sum.leakyRelu(slope: slope)
        let last = try rectified.convolution(weights: constant([4, channels, 1, 1]))
        let values = Tensor(shape: x.shape, values: generator.distinctValues(count: x.shape.elementCount))
        func results(_ outputs: [Node]) throws -> [UInt32] {
            let program = try Program(computing: outputs, from: [x])
            return try program.makeExecutor().run([values])[0].values.map(\.bitPattern)
        }
        #expect(try optimised([last]).primitiveTypes == ["Convolution", "Affine", "Convolution"])
        // What is also used elsewhere is not fused.
        #expect(try !optimised([last, product, sum]).primitiveTypes.contains("Affine"))
        #expect(try results([last]) == results([last, product, sum]))
    }

    /// Numbers for each row, for the whole or for a vector, which has no channels, remain two operations.
    @Test func onlyChannelsAreScaled() throws {
        for (shape, numbers) in [([64], [1]), ([64], [64]), ([4, 7], [4, 1]), ([4, 7], [1, 1]), ([2, 3, 4], [1, 1, 4])] {
            let x = Node.input("x", shape: shape)
            let number = Node.constant(Tensor(shape: numbers, values: (0..<numbers.elementCount).map(Float.init)))
            let graph = try optimised([(x * number + number).relu()])
            #expect(!graph.primitiveTypes.contains("Affine"), "\(shape), \(numbers)")
        }
    }
}
