import SuretyGraphs
import Testing

extension PrimitiveCase {
    static let broadcasts: [PrimitiveCase] = [
        PrimitiveCase("broadcast a row", .any([4])) { try $0[0].broadcast(to: [3, 4]) },
        PrimitiveCase("broadcast a column", .any([3, 1])) { try $0[0].broadcast(to: [3, 4]) },
        PrimitiveCase("broadcast a scalar", .any([])) { try $0[0].broadcast(to: [2, 3]) },
        PrimitiveCase("broadcast two axes", .any([1, 3, 1])) { try $0[0].broadcast(to: [2, 2, 3, 2]) },
        PrimitiveCase("broadcast channels", .any([20, 1, 1])) { try $0[0].broadcast(to: [7, 20, 3, 5]) },
    ]
}

@Suite struct BroadcastTests {
    @Test func aShapeThatDoesNotFitIsAnError() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try x.broadcast(to: [3]) }
        #expect(throws: GraphError.self) { try x.broadcast(to: [4, 3]) }
        #expect(throws: GraphError.self) { try x.broadcast(to: [2, 1]) }
    }
}
