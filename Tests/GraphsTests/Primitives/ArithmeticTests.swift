import SuretyGraphs
import Testing

extension PrimitiveCase {
    static let arithmetic: [PrimitiveCase] = [
        PrimitiveCase("add", .any([2, 3]), .any([2, 3])) { try $0[0] + $0[1] },
        PrimitiveCase("subtract", .any([2, 3]), .any([2, 3])) { try $0[0] - $0[1] },
        PrimitiveCase("multiply", .any([2, 3]), .any([2, 3])) { try $0[0] * $0[1] },
        PrimitiveCase("divide", .any([2, 3]), .positive([2, 3])) { try $0[0] / $0[1] },
        PrimitiveCase("square", .any([5])) { try $0[0] * $0[0] },
        PrimitiveCase("add scalars", .any([]), .any([])) { try $0[0] + $0[1] },
        PrimitiveCase("divide by itself and more", .positive([4])) { try $0[0] / ($0[0] * $0[0] + $0[0]) },
        PrimitiveCase("many elements", .any([7, 20, 9]), .any([7, 20, 9])) { try $0[0] * $0[1] - $0[0] },
    ]
}

@Suite struct ArithmeticTests {
    @Test func shapesAreBroadcastAsInNumPy() throws {
        let a = Node.input("a", shape: [8, 1, 6, 1])
        let b = Node.input("b", shape: [7, 1, 5])
        #expect(try (a + b).shape == [8, 7, 6, 5])
        #expect(try (b / a).shape == [8, 7, 6, 5])
        #expect(try (a * .constant(2)).shape == [8, 1, 6, 1])
    }

    @Test func shapesThatDoNotFitAreNamed() {
        let a = Node.input("a", shape: [2, 3])
        let b = Node.input("b", shape: [2, 4])
        #expect(throws: GraphError("the shapes [2, 3] and [2, 4] cannot be broadcast to one another")) { try a + b }
    }
}
