import SuretyGraphs
import Testing

extension PrimitiveCase {
    static let matrixProducts: [PrimitiveCase] = [
        PrimitiveCase("product", .any([2, 3]), .any([3, 4])) { try $0[0].product($0[1]) },
        PrimitiveCase("product, left transposed", .any([3, 2]), .any([3, 4])) { try $0[0].product($0[1], transposingLeft: true) },
        PrimitiveCase("product, right transposed", .any([2, 3]), .any([4, 3])) { try $0[0].product($0[1], transposingRight: true) },
        PrimitiveCase("product, both transposed", .any([3, 2]), .any([4, 3])) {
            try $0[0].product($0[1], transposingLeft: true, transposingRight: true)
        },
        PrimitiveCase("product with itself", .any([3, 3])) { try $0[0].product($0[0]) },
        PrimitiveCase("products", .any([2, 2, 3, 4]), .any([2, 2, 4, 2])) { try $0[0].product($0[1]) },
        PrimitiveCase("products, both transposed", .any([3, 3, 2]), .any([3, 4, 3])) {
            try $0[0].product($0[1], transposingLeft: true, transposingRight: true)
        },
        PrimitiveCase("large products", .any([5, 17, 20]), .any([5, 20, 33])) { try $0[0].product($0[1]) },
        PrimitiveCase("large product", .any([33, 50]), .any([50, 21])) { try $0[0].product($0[1]) },
    ]
}

@Suite struct MatrixProductTests {
    @Test func matricesMustFit() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try x.product(x) }
        #expect(throws: GraphError.self) { try x.product(.input("v", shape: [3])) }
        let matrices = Node.input("m", shape: [2, 3, 3])
        #expect(throws: GraphError.self) { try matrices.product(.input("n", shape: [4, 3, 3])) }
        #expect(throws: GraphError.self) { try x.product(matrices) }
        #expect(throws: GraphError.self) { try x.product(x, transposingLeft: true, transposingRight: true) }
    }
}
