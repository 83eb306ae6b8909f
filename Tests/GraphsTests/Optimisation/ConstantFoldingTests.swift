import SuretyGraphs
import SuretyTensors
import Testing

@Suite struct ConstantFoldingTests {
    private let values = Tensor(shape: [2, 2], values: [1, 4, 9, 16])

    @Test func whatDependsOnConstantsAloneIsComputedOnce() throws {
        let constant = Node.constant(values)
        let root = try (constant.squareRoot() + .constant(1)).transposed([1, 0]).reshaped(to: [4])
        let folded = try optimised([root])[0]
        #expect(folded.constantValue == Tensor(shape: [4], values: [2, 4, 3, 5]))
    }

    @Test func whatDependsOnAnInputIsNot() throws {
        let x = Node.input("x", shape: [2, 2])
        let sum = try x * (.constant(values) - .constant(1))
        #expect(try optimised([sum]).primitiveTypes == ["Arithmetic"])
    }

    @Test func aRepeatedConstantIsNotStoredRepeated() throws {
        let x = Node.input("x", shape: [1000, 1000, 2])
        let sum = try x + .constant(Tensor(shape: [2], values: [1, 2])) * .constant(3)
        let constants = try optimised([sum]).inTopologicalOrder.compactMap(\.constantValue)
        #expect(constants.map(\.values) == [[3, 6]])
    }

    @Test func aProgramMayBeConstant() throws {
        let program = try Program(computing: [Node.constant(values).sum()], from: [])
        #expect(try program.makeExecutor().run([]) == [Tensor(scalar: 30)])
    }
}
