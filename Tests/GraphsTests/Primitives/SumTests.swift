import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let sums: [PrimitiveCase] = [
        PrimitiveCase("sum of all", .any([2, 3, 4])) { try $0[0].sum() },
        PrimitiveCase("sum over the first axis", .any([2, 3, 4])) { try $0[0].sum(over: [0]) },
        PrimitiveCase("sum over an inner axis", .any([2, 3, 4])) { try $0[0].sum(over: [1]) },
        PrimitiveCase("sum over the last axis", .any([2, 3, 4])) { try $0[0].sum(over: [2]) },
        PrimitiveCase("sum over two axes", .any([2, 3, 4, 2])) { try $0[0].sum(over: [0, 2], keepingDimensions: true) },
        PrimitiveCase("sum over no axis", .any([2, 3])) { try $0[0].sum(over: []) },
        PrimitiveCase("sum over an extent of 1", .any([2, 1, 3])) { try $0[0].sum(over: [1]) },
        PrimitiveCase("sum of a scalar", .any([])) { try $0[0].sum() },
        PrimitiveCase("sum over five of eight axes", .any([2, 2, 1, 3, 1, 2, 2, 1])) { try $0[0].sum(over: [0, 1, 3, 5, 7]) },
        PrimitiveCase("mean", .any([2, 3, 4])) { try $0[0].mean(over: [0, 2]) },
        PrimitiveCase("mean over images", .any([7, 20, 6, 5])) { try $0[0].mean(over: [2, 3], keepingDimensions: true) },
        PrimitiveCase("long sum", .any([3, 5000])) { try $0[0].sum(over: [1]) },
    ]
}

@Suite struct SumTests {
    /// A running sum of floats would stop at 2²⁴.
    @Test func longSumsKeepTheirAccuracy() throws {
        let count = 1 << 25
        let ones = Tensor(shape: [count], repeating: 1)
        #expect(try apply({ try $0.sum() }, to: ones).values == [Float(count)])
    }

    @Test func shapesOfResults() throws {
        let x = Node.input("x", shape: [2, 3, 4])
        #expect(try x.sum(over: [0, 2]).shape == [3])
        #expect(try x.sum(over: [0, 2], keepingDimensions: true).shape == [1, 3, 1])
        #expect(try x.sum().shape == [])
        #expect(try x.mean(over: [1]).shape == [2, 4])
        #expect(throws: GraphError.self) { try x.sum(over: [3]) }
        #expect(throws: GraphError.self) { try x.sum(over: [-1]) }
    }
}
