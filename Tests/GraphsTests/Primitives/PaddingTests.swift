import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let paddings: [PrimitiveCase] = [
        PrimitiveCase("pad", .any([2, 3])) { try $0[0].padded(before: [1, 0], after: [0, 2]) },
        PrimitiveCase("pad with a value", .any([2, 3])) { try $0[0].padded(before: [1, 0], after: [0, 2], with: -2.5) },
        PrimitiveCase("pad an image", .any([7, 3, 4, 5])) { try $0[0].padded(before: [0, 0, 1, 2], after: [0, 0, 2, 1]) },
    ]
}

@Suite struct PaddingTests {
    @Test func theValueSurroundsTheElements() throws {
        let values = Tensor(shape: [1, 2], values: [1, 2])
        let padded = try apply({ try $0.padded(before: [0, 1], after: [1, 0], with: 7) }, to: values)
        #expect(padded == Tensor(shape: [2, 3], values: [7, 1, 2, 7, 7, 7]))
    }

    @Test func negativePaddingIsAnError() {
        let x = Node.input("x", shape: [2])
        #expect(throws: GraphError.self) { try x.padded(before: [-1], after: [0]) }
        #expect(throws: GraphError.self) { try x.padded(before: [1, 1], after: [0, 0]) }
    }
}
