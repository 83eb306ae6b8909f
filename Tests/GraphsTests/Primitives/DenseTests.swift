import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let denseLayers: [PrimitiveCase] = [
        PrimitiveCase("dense", .any([2, 3]), .any([4, 3])) { try $0[0].dense(weights: $0[1]) },
        PrimitiveCase("dense with bias", .any([2, 3]), .any([4, 3]), .any([4])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
        PrimitiveCase("dense of one", .any([1, 1]), .any([1, 1]), .any([1])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
        PrimitiveCase("dense and relu", .any([2, 3]), .any([4, 3]), .any([4])) { try $0[0].dense(weights: $0[1], bias: $0[2]).relu() },
        PrimitiveCase("large dense", .any([7, 50]), .any([33, 50]), .any([33])) { try $0[0].dense(weights: $0[1], bias: $0[2]) },
    ]
}

@Suite struct DenseTests {
    @Test func shapesMustFit() {
        let x = Node.input("x", shape: [2, 3])
        #expect(throws: GraphError.self) { try x.dense(weights: .input("w", shape: [3, 4])) }
        #expect(throws: GraphError.self) { try x.dense(weights: .input("w", shape: [4, 3]), bias: .input("b", shape: [3])) }
        #expect(throws: GraphError.self) { try x.reshaped(to: [6]).dense(weights: .input("w", shape: [4, 6])) }
    }

    /// A zero weight does not hide a NaN, nor does a fused rectifier.
    @Test func aNaNSpoilsItsRowAndNoOther() throws {
        let weights = Node.constant(Tensor(shape: [5, 3], repeating: 0))
        let values = Tensor(shape: [2, 3], values: [1, .nan, 3, 4, 5, 6])
        for optimising in [true, false] {
            let result = try apply({ try $0.dense(weights: weights).relu() }, to: values, optimising: optimising).values
            #expect(result[..<5].allSatisfy(\.isNaN) && result[5...].allSatisfy { $0 == 0 })
        }
    }
}
