import SuretyGraphs
import Testing
import TestSupport

@Suite struct MemoryPlanTests {
    @Test(arguments: 0..<200)
    func blocksNeededTogetherDoNotOverlap(seed: Int) {
        var generator = SeededGenerator(seed: seed)
        let steps = Int.random(in: 1...30, using: &generator)
        let blocks = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            let start = Int.random(in: 0..<steps, using: &generator)
            let end = Int.random(in: start..<min(steps, start + 8), using: &generator)
            return MemoryPlan.Block(byteCount: Int.random(in: 0...5000, using: &generator), life: start...end)
        }
        let plan = MemoryPlan(blocks)
        let ranges = zip(plan.offsets, blocks).map { $0..<($0 + $1.byteCount) }
        for (index, range) in ranges.enumerated() {
            #expect(range.lowerBound.isMultiple(of: MemoryPlan.alignment))
            #expect(range.lowerBound >= 0 && range.upperBound <= plan.byteCount)
            for other in 0..<index where blocks[other].life.overlaps(blocks[index].life) {
                #expect(!ranges[other].overlaps(range))
            }
        }
        let needed = (0..<steps).map { step in
            blocks.filter { $0.life.contains(step) }.map(\.byteCount).reduce(0, +)
        }
        #expect(plan.byteCount >= needed.max() ?? 0)
        #expect(plan.byteCount <= blocks.map { $0.byteCount + MemoryPlan.alignment }.reduce(0, +))
    }

    @Test func aChainTakesTurnsBetweenTwoBlocks() {
        let chain = (0..<50).map { MemoryPlan.Block(byteCount: 640, life: $0...$0 + 1) }
        #expect(MemoryPlan(chain).byteCount == 2 * 640)
    }

    @Test func blocksOfOneTimeLieSideBySide() {
        let blocks = [64, 128, 1].map { MemoryPlan.Block(byteCount: $0, life: 3...4) }
        #expect(MemoryPlan(blocks).offsets == [128, 0, 192])
    }

    @Test func noBlocksNeedNoMemory() {
        #expect(MemoryPlan([]).byteCount == 0)
    }
}
