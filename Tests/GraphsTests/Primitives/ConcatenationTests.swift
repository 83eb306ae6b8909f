import SuretyGraphs
import Testing

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
    @Test func shapesMustAgreeElsewhere() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try Node.concatenated([x, .input("y", shape: [2, 4])], axis: 0) }
        #expect(throws: GraphError.self) { try Node.concatenated([x, .input("y", shape: [2])], axis: 0) }
        #expect(throws: GraphError.self) { try Node.concatenated([x], axis: 2) }
        #expect(throws: GraphError.self) { try Node.concatenated([], axis: 0) }
    }
}
