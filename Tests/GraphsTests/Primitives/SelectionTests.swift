import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let selections: [PrimitiveCase] = [
        PrimitiveCase("selection", .any([3, 4, 2])) { try $0[0].selecting([2, 0], axis: 1) },
        PrimitiveCase("selection with copies", .any([3, 4])) { try $0[0].selecting([1, 1, 3, 0, 1], axis: 1) },
        PrimitiveCase("selection of rows", .any([4, 5])) { try $0[0].selecting([3, 2, 1, 0], axis: 0) },
        PrimitiveCase("adjoint of a selection", .any([3, 4]), .any([3, 5])) {
            try gradient(of: $0[0].selecting([1, 1, 3, 0, 1], axis: 1), weightedBy: $0[1], with: [$0[0]])[0]
        },
        PrimitiveCase("selection of channels", .any([5, 20, 4, 5])) { try $0[0].selecting([19, 3, 3], axis: 1) },
    ]
}

@Suite struct SelectionTests {
    @Test func elementsInTheirNewOrder() throws {
        let values = Tensor(shape: [2, 3], values: [0, 1, 2, 10, 11, 12])
        #expect(try apply({ try $0.selecting([2, 0, 2], axis: 1) }, to: values).values == [2, 0, 2, 12, 10, 12])
    }

    @Test func placesOutsideAreAnError() {
        let x = Node.input("x", shape: [4, 5])
        #expect(throws: GraphError.self) { try x.selecting([5], axis: 1) }
        #expect(throws: GraphError.self) { try x.selecting([-1], axis: 0) }
        #expect(throws: GraphError.self) { try x.selecting([], axis: 0) }
        #expect(throws: GraphError.self) { try x.selecting([0], axis: 2) }
    }
}
