import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct ProgramTests {
    /// False too where this is not known.
    private static let hasAVX512: Bool = {
        guard ProcessInfo.processInfo.environment["DNNL_MAX_CPU_ISA"] == nil else { return false }
        let processor = try? FileHandle(forReadingAtPath: "/proc/cpuinfo")?.readToEnd()
        return String(decoding: processor ?? Data(), as: UTF8.self).contains(" avx512bw ")
    }()

    private let x = Node.input("x", shape: [2, 3])
    private let y = Node.input("y", shape: [3])

    @Test func aMissingInputIsNamed() {
        #expect(throws: GraphError("the program's inputs lack 'y', which it needs")) {
            try Program(computing: [x + y], from: [x])
        }
    }

    @Test func inputsMustBeInputNodesEachGivenOnce() throws {
        let inner = try x.relu()
        #expect(throws: GraphError.self) { try Program(computing: [inner.tanh()], from: [x, inner]) }
        #expect(throws: GraphError.self) { try Program(computing: [inner], from: [x, x]) }
    }

    @Test func anInputThatIsNotNeededIsTakenAllTheSame() throws {
        let executor = try Program(computing: [x * .constant(2)], from: [y, x]).makeExecutor()
        let result = try executor.run([Tensor(shape: [3], repeating: .nan), Tensor(shape: [2, 3], repeating: 4)])
        #expect(result == [Tensor(shape: [2, 3], repeating: 8)])
    }

    @Test(arguments: [[[3], [2, 3]], [[2, 3]], [[2, 3], [3], [1]], [[3, 2], [3]], [[2, 3], [1, 3]], []])
    func tensorsOfOtherShapesAreAnError(shapes: [[Int]]) throws {
        let executor = try Program(computing: [x + y], from: [x, y]).makeExecutor()
        #expect(throws: GraphError.self) { try executor.run(shapes.map { Tensor(shape: $0, repeating: 1) }) }
    }

    @Test func outputsMayBeNoneOrOneSeveralTimes() throws {
        let negative = try x * .constant(-1)
        let values = Tensor(shape: [2, 3], repeating: 2)
        #expect(try Program(computing: [], from: [x]).makeExecutor().run([values]).isEmpty)
        let both = try Program(computing: [negative, negative], from: [x]).makeExecutor().run([values])
        #expect(both == [Tensor(shape: [2, 3], repeating: -2), Tensor(shape: [2, 3], repeating: -2)])
    }

    @Test func memoryBeyondTheMachinesIsAnError() throws {
        let row = Node.input("row", shape: [1, 1 << 20])
        let large = try row.broadcast(to: [1 << 24, 1 << 20]).relu()
        let error = #expect(throws: GraphError.self) { try Program(computing: [large.sum()], from: [row]) }
        #expect(error?.description.contains("smaller batch") == true)
    }

    @Test func executorsOfOneProgramGiveEqualResultsOnSeveralThreads() async throws {
        let network = try SmallNetwork(batch: 5)
        let program = try Program(computing: [network.logits], from: [network.image])
        var generator = SeededGenerator(seed: 3)
        let images = (0..<8).map { _ in
            Tensor(shape: network.image.shape, values: generator.distinctValues(count: network.image.shape.elementCount))
        }
        let executor = try program.makeExecutor()
        let expected = try images.map { try executor.run([$0]) }
        let results = try await withThrowingTaskGroup(of: [[Tensor]].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let own = try program.makeExecutor()
                    return try (0..<5).map { _ in try images.map { try own.run([$0])[0] } }[4].map { [$0] }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 4)
        for result in results { #expect(result == expected) }
    }

    /// Certificates are replayed with other batch sizes, so an image's logits must not depend on its companions:
    /// not in a bit where oneDNN has its kernels for AVX-512, and only by rounding on older processors.
    @Test(arguments: [4, 16, 20])
    func theBatchSizeDoesNotMatter(channels: Int) throws {
        var generator = SeededGenerator(seed: 4)
        let images = generator.distinctValues(count: 200 * 36)
        func logits(batch: Int) throws -> [Float] {
            let network = try SmallNetwork(batch: batch, channels: channels)
            let tensor = Tensor(shape: network.image.shape, values: Array(images[..<network.image.shape.elementCount]))
            return try Program(computing: [network.logits], from: [network.image]).makeExecutor().run([tensor])[0].values
        }
        let all = try logits(batch: 200)
        for batch in [1, 2, 7, 16, 31, 100] {
            let (own, expected) = (try logits(batch: batch), Array(all[..<(batch * 3)]))
            #expect(largestDifference(own, expected.map(Double.init)) < 1e-6, "batch \(batch)")
            if Self.hasAVX512 { #expect(own == expected, "batch \(batch)") }
        }
    }
}
