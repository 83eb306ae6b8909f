import Foundation
import SuretyBounds
import SuretyTensors
import Testing

@Suite struct BlockSamplingTests {
    @Test(arguments: BoundsSettings.norms) func theUsualGridAscends(norm: Norm) {
        let grid = BlockSampling.usualGrid(norm)
        #expect(grid.count == 36 && grid.last == (norm == .l2 ? 2 : 0.4))
        #expect(zip(grid, grid.dropFirst()).allSatisfy { $1 > $0 && $1 / $0 < 1.13 })
        // The radii of the paper's table B.3.
        if norm == .l2 { #expect(grid.contains(0.5) && grid.contains(1)) }
    }

    /// Between radii a factor of four apart, which is (2^(1/6))¹², lie eleven more; neighbours stay as they are.
    @Test func theGridIsThatAskedForOrTheUsualOne() {
        for norm in BoundsSettings.norms { #expect(BlockSampling.grid(nil, in: norm) == BlockSampling.usualGrid(norm)) }
        let grid = BlockSampling.grid([0.1, 0.4], in: .linf)
        #expect(grid.count == 13 && grid.first == 0.1 && grid.last == 0.4)
        for (place, radius) in grid.enumerated() { #expect(abs(radius / (0.1 * exp2(Double(place) / 6)) - 1) < 1e-12) }
        #expect(BlockSampling.grid([0.1, 0.11], in: .l2) == [0.1, 0.11])
    }

    @Test func blocksAreAsLargeAsTheSetAllows() throws {
        #expect(try BlockSampling(of: 60_000, grid: [1]).blockSize == 50)
        #expect(try BlockSampling(of: 1000, grid: [1]).blockSize == 5)
        #expect(try BlockSampling(of: 1000, blockSize: 3, grid: [1]).blockSize == 3)
    }

    @Test func refusesWhatCannotBe() {
        func refused(_ words: String, _ make: () throws -> BlockSampling) {
            do {
                _ = try make()
                Issue.record("\(words) was taken")
            } catch {
                #expect("\(error)".contains(words), "\(error)")
            }
        }
        refused("9 blocks") { try BlockSampling(of: 100, blocks: 9, grid: [1]) }
        refused("more than the 100 images") { try BlockSampling(of: 100, blocks: 200, grid: [1]) }
        refused("more than the 100 images") { try BlockSampling(of: 100, blocks: 10, blockSize: 11, grid: [1]) }
        refused("a block of 0 images") { try BlockSampling(of: 100, blocks: 10, blockSize: 0, grid: [1]) }
        refused("more than the 100 images") { try BlockSampling(of: 100, blocks: .max, blockSize: .max, grid: [1]) }
        refused("grid") { try BlockSampling(of: 100, blocks: 10, grid: []) }
        refused("grid") { try BlockSampling(of: 100, blocks: 10, grid: [2, 1]) }
        refused("grid") { try BlockSampling(of: 100, blocks: 10, grid: [0]) }
        refused("negative") { try BlockSampling(of: 100, blocks: 10, grid: [1], directions: -1) }
        refused("at random") { try BlockSampling(of: 100, blocks: 10, grid: [1], modulus: .paper, directions: 0) }
        refused("at random") { try BlockSampling(of: 100, blocks: 10, grid: [1], modulus: .paper, ascents: 1) }
        refused("p is 1") { try BlockSampling(of: 100, blocks: 10, grid: [1], p: 1) }
    }
}
