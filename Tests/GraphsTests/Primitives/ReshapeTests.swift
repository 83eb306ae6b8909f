import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let reshapes: [PrimitiveCase] = [
        PrimitiveCase("reshape", .any([2, 3, 4])) { try $0[0].reshaped(to: [4, 6]) },
        PrimitiveCase("flatten to a scalar", .any([1, 1])) { try $0[0].reshaped(to: []) },
        PrimitiveCase("reshape and square", .any([2, 6])) { try $0[0].reshaped(to: [3, 4]) * $0[0].reshaped(to: [3, 4]) },
        PrimitiveCase("detach", .any([2, 3])) { try $0[0] + .constant(0) * $0[0].detached() },
    ]
}

@Suite struct ReshapeTests {
    @Test func elementsMustBeAsMany() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try x.reshaped(to: [5]) }
        #expect(throws: GraphError.self) { try x.reshaped(to: [-2, -3]) }
    }

    @Test func noDerivativePassesWhatIsDetached() throws {
        let values = Tensor(shape: [2], values: [3, 5])
        #expect(try apply({ try gradient(of: ($0 * $0.detached()).sum(), with: [$0])[0] }, to: values) == values)
    }
}
