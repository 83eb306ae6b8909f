import Foundation
import SuretyGraphs
import SuretyTensors
import Synchronization
import Testing
import TestSupport

extension PrimitiveCase {
    /// With one worker: the operation itself; `WorkerMeanTests` has two.
    static let workerMeans = [
        PrimitiveCase("mean over one worker", .any([2, 3])) { try $0[0].mean(over: Meeting(workers: 1)) }
    ]
}

/// Two workers, each with its own numbers.
@Suite struct WorkerMeanTests {
    /// Compiles and runs the program on two threads, each with its own input. Whoever waits for the other in vain is not waited for.
    private func results(_ outputs: [Node], _ input: Node, _ values: [[Float]]) throws -> [[[Float]]] {
        let program = try #require(try compiled(outputs, from: input), "waits for another worker while it compiles")
        let executors = try values.map { numbers in
            let executor = try program.makeExecutor()
            executor.input(0).elements.set(numbers)
            return Unchecked(executor)
        }
        let group = DispatchGroup()
        for executor in executors {
            group.enter()
            Thread {
                for _ in 0..<200 { executor.value.run() }
                group.leave()
            }.start()
        }
        try #require(group.wait(timeout: .now() + 60) == .success)
        return executors.map { executor in outputs.indices.map { Array(executor.value.output($0).elements) } }
    }

    /// Nil where it does not come to an end.
    private func compiled(_ outputs: [Node], from input: Node) throws -> Program? {
        let (graph, ended) = (Unchecked((outputs, input)), DispatchSemaphore(value: 0))
        let compilation = Mutex<Result<Program, any Error>?>(nil)
        let thread = Thread {
            let result = Result { try Program(computing: graph.value.0, from: [graph.value.1]) }
            compilation.withLock { $0 = result }
            ended.signal()
        }
        thread.start()
        return ended.wait(timeout: .now() + 60) == .success ? try compilation.withLock { $0 }?.get() : nil
    }

    private struct Unchecked<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// y is the mean of both x, L = Σ a y² with an a for each worker: ∂(L₁ + L₂)/∂x = (a₁ + a₂) y, and the derivative of the
    /// sum of both gradients is a₁ + a₂. Every run of 200 comes to the same.
    @Test func meanAndDerivativesAreThoseOfBoth() throws {
        let input = Node.input("x and a", shape: [2, 4])
        let x = try input.sliced(from: [0, 0], to: [1, 4])
        let a = try input.sliced(from: [1, 0], to: [2, 4])
        let y = try x.mean(over: Meeting(workers: 2))
        let loss = try (a * y * y).sum()
        let slope = try gradient(of: loss, with: [x])[0]
        let curvature = try gradient(of: slope.sum(), with: [x])[0]
        let values: [[Float]] = [[1, 2, 3, -4, 1, 2, 3, 4], [3, 5, -1, 8, 5, -6, 7, 8]]
        for found in try results([y, slope, curvature], input, values) {
            #expect(found[0] == [2, 3.5, 1, 2])
            #expect(found[1] == [12, -14, 10, 24])
            #expect(found[2] == [6, -4, 10, 12])
        }
    }

    /// Constants are not folded through a mean: at compile time no other worker is there.
    @Test func constantsWaitForTheRun() throws {
        let input = Node.input("x", shape: [2])
        let shared = try Node.constant(Tensor(shape: [2], values: [3, 4])).mean(over: Meeting(workers: 2))
        for found in try results([input * shared], input, [[1, 2], [5, 6]]).enumerated() {
            #expect(found.element[0] == (found.offset == 0 ? [3, 8] : [15, 24]))
        }
    }
}
