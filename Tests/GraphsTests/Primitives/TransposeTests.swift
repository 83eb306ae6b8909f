import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let transposes: [PrimitiveCase] = [
        PrimitiveCase("transpose", .any([3, 4])) { try $0[0].transposed([1, 0]) },
        PrimitiveCase("rotate three axes", .any([2, 3, 4])) { try $0[0].transposed([2, 0, 1]) },
        PrimitiveCase("channels last", .any([7, 5, 4, 20])) { try $0[0].transposed([0, 2, 3, 1]) },
        PrimitiveCase("eight axes", .any([2, 1, 3, 1, 2, 1, 2, 1])) { try $0[0].transposed([7, 2, 5, 0, 4, 3, 6, 1]) },
    ]
}

@Suite struct TransposeTests {
    @Test func axisIOfTheResultIsTheOneNamed() throws {
        let values = Tensor(shape: [2, 3], values: [0, 1, 2, 3, 4, 5])
        #expect(try apply({ try $0.transposed([1, 0]) }, to: values) == Tensor(shape: [3, 2], values: [0, 3, 1, 4, 2, 5]))
    }

    @Test(arguments: [[0], [0, 0], [0, 2], [0, 1, 2], []])
    func whatIsNoPermutationIsAnError(axes: [Int]) {
        #expect(throws: GraphError.self) { try Node.input("x", shape: [2, 3]).transposed(axes) }
    }
}
