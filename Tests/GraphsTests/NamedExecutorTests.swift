import SuretyGraphs
import SuretyTensors
import Testing

struct NamedExecutorTests {
    private let a = Node.input("a", shape: [2, 3])
    private let b = Node.input("b", shape: [2, 3])

    @Test func inputsAreWrittenByName() throws {
        let executor = try NamedExecutor(computing: [a - b, (a * b).sum()], from: [b, a])
        try executor.input("a").elements.set([1, 2, 3, 4, 5, 6])
        try executor.set(["b": Tensor(shape: [2, 3], values: [1, 1, 1, 2, 2, 2])])
        executor.run()
        #expect(Array(executor.output(0)[1]) == [2, 3, 4] && executor.output(1)[0][0] == 36)
    }

    /// An input that does not exist is named, with those that do.
    @Test func misspeltInputsAreRefused() throws {
        let executor = try NamedExecutor(computing: [a - b], from: [a, b])
        #expect { _ = try executor.input("A") } throws: {
            "\($0)".contains("no input 'A'") && "\($0)".contains("it has a, b")
        }
        #expect(throws: GraphError.self) { try executor.set(["c": Tensor(shape: [2, 3], repeating: 0)]) }
    }

    @Test func twoInputsOfOneNameAreRefused() throws {
        let other = Node.input("a", shape: [2, 1])
        #expect { _ = try NamedExecutor(computing: [a - other], from: [a, other]) } throws: { "\($0)".contains("called 'a'") }
    }
}
