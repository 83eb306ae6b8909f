import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct ExecutorTests {
    private func image(_ network: SmallNetwork, seed: Int) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor(shape: network.image.shape, values: generator.distinctValues(count: network.image.shape.elementCount))
    }

    @Test func aRunLeavesNothingForTheNext() throws {
        let network = try SmallNetwork(batch: 3)
        let program = try Program(computing: [network.logits], from: [network.image])
        let used = try program.makeExecutor()
        _ = try used.run([image(network, seed: 1)])
        let result = try used.run([image(network, seed: 2)])
        for byte: UInt8 in [0, 0x55, .max] {
            let fresh = try program.makeExecutor(memoryFilledWith: byte)
            #expect(try fresh.run([image(network, seed: 2)]) == result, "memory filled with \(byte)")
        }
    }

    @Test func memoryOfInputsAndOutputsIsReadAndWrittenInPlace() throws {
        let x = Node.input("x", shape: [2, 2])
        let executor = try Program(computing: [x * .constant(3), x.sum()], from: [x]).makeExecutor()
        #expect(executor.input(0).elements.count == 4)
        #expect(executor.output(0).elements.count == 4 && executor.output(1).elements.count == 1)
        for i in 0..<4 { executor.input(0).elements[i] = Float(i) }
        executor.run()
        #expect(Array(executor.output(0).elements) == [0, 3, 6, 9])
        #expect(Array(executor.output(1).elements) == [6])
        executor.input(0).elements[0] = 10
        executor.run()
        #expect(Array(executor.output(1).elements) == [16])
        #expect(Array(executor.input(0).elements) == [10, 1, 2, 3])
    }

    #if os(Linux)
    /// In its own process, where nothing else touches new pages of memory.
    @Test func runningAgainAndAgainTakesNoFurtherMemory() async {
        await #expect(processExitsWith: .success) {
            let network = try SmallNetwork(batch: 200)
            let derivative = try gradient(of: network.logits.logSumExp(axis: 1).sum(), with: [network.image])[0]
            let executor = try Program(computing: [network.logits, derivative], from: [network.image]).makeExecutor()
            func pagesTouched() -> Int {
                var usage = rusage()
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return usage.ru_minflt
            }
            for _ in 0..<10 { executor.run() }
            let before = pagesTouched()
            for _ in 0..<200 { executor.run() }
            #expect(pagesTouched() - before < 20)
        }
    }
    #endif
}
