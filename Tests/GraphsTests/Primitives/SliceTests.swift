import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let slices: [PrimitiveCase] = [
        PrimitiveCase("slice", .any([4, 5])) { try $0[0].sliced(from: [1, 0], to: [3, 4]) },
        PrimitiveCase("slice by steps", .any([7, 6])) { try $0[0].sliced(from: [1, 0], to: [7, 6], by: [2, 4]) },
        PrimitiveCase("slice of one element", .any([2, 3, 4])) { try $0[0].sliced(from: [1, 2, 3], to: [2, 3, 4]) },
        PrimitiveCase("slice of channels", .any([7, 20, 4, 5])) { try $0[0].sliced(from: [0, 3, 0, 0], to: [7, 20, 4, 5], by: [1, 2, 1, 1]) },
    ]
}

@Suite struct SliceTests {
    @Test func everyStepthElement() throws {
        let values = Tensor(shape: [7], values: [0, 1, 2, 3, 4, 5, 6])
        #expect(try apply({ try $0.sliced(from: [1], to: [6], by: [2]) }, to: values).values == [1, 3, 5])
    }

    @Test func aSliceOutsideOrWithoutElementsIsAnError() {
        let x = Node.input("x", shape: [4, 5])
        #expect(throws: GraphError.self) { try x.sliced(from: [0, 0], to: [5, 5]) }
        #expect(throws: GraphError.self) { try x.sliced(from: [-1, 0], to: [4, 5]) }
        #expect(throws: GraphError.self) { try x.sliced(from: [2, 0], to: [2, 5]) }
        #expect(throws: GraphError.self) { try x.sliced(from: [0], to: [4]) }
        #expect(throws: GraphError.self) { try x.sliced(from: [0, 0], to: [4, 5], by: [0, 1]) }
    }
}
