/// Where each of many blocks of memory lies in one arena, so that blocks needed at the same time do
/// not overlap.
///
/// Greedy by size: the largest block first, each at the lowest offset that is free throughout its
/// life. (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020.)
package struct MemoryPlan {
    /// A block, and the first and last step at which it is needed.
    package struct Block {
        package var byteCount: Int
        package var life: ClosedRange<Int>

        package init(byteCount: Int, life: ClosedRange<Int>) {
            self.byteCount = byteCount
            self.life = life
        }
    }

    /// Offset of each block in bytes, a multiple of `alignment`.
    package let offsets: [Int]

    /// Size of the arena in bytes.
    package let byteCount: Int

    /// Bytes of a cache line, and of the widest vector register.
    package static let alignment = 64

    package init(_ blocks: [Block]) {
        var offsets = blocks.map { _ in 0 }
        var placed: [(index: Int, range: Range<Int>)] = []
        var end = 0
        for index in blocks.indices.sorted(by: { blocks[$0].byteCount > blocks[$1].byteCount }) {
            let block = blocks[index]
            let size = max(1, (block.byteCount + Self.alignment - 1) / Self.alignment) * Self.alignment
            var offset = 0
            for other in placed where blocks[other.index].life.overlaps(block.life) {
                if offset + size <= other.range.lowerBound { break }
                offset = max(offset, other.range.upperBound)
            }
            offsets[index] = offset
            let place = placed.firstIndex { $0.range.lowerBound > offset } ?? placed.endIndex
            placed.insert((index, offset..<offset + size), at: place)
            end = max(end, offset + size)
        }
        self.offsets = offsets
        byteCount = end
    }
}

/// Aligned memory, freed with its owner.
final class AlignedMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer

    /// Memory of `byteCount` bytes of this value.
    init(byteCount: Int, filledWith byte: UInt8 = 0) {
        start = .allocate(byteCount: max(byteCount, 1), alignment: MemoryPlan.alignment)
        start.initializeMemory(as: UInt8.self, repeating: byte, count: max(byteCount, 1))
    }

    deinit { start.deallocate() }
}
