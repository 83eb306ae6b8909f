import SuretyGraphs
import Testing

@Suite struct LayoutTests {
    @Test(arguments: [[], [5], [2, 3], [2, 3, 4, 5], [1, 2, 1, 2, 3, 2], [2, 1, 2, 1, 2, 1, 2, 3]])
    func rowMajorOrderHasNoPadding(shape: [Int]) {
        let layout = Layout(plain: shape)
        #expect(layout.isPlain)
        #expect(layout.shape == shape)
        #expect(layout.byteCount == 4 * shape.reduce(1, *))
    }

    @Test func rowMajorLayoutsOfOneSizeReadTheSameMemory() {
        #expect(Layout(plain: [2, 6]) == Layout(plain: [3, 4]))
        #expect(Layout(plain: [2, 6]) != Layout(plain: [2, 5]))
        #expect(Layout(plain: [2, 4]) != Layout(plain: [2, 16], of: .uint8))
        #expect(Layout(plain: [8], of: .int8) != Layout(plain: [8], of: .uint8))
    }

    @Test func layoutsInAnOrderOfTheirOwnReadTheSameMemoryIfAllIsTheSame() {
        struct Blocks: MemoryOrder { let size: Int }
        struct Tiles: MemoryOrder { let size: Int }
        func layout(
            _ shape: [Int] = [2, 6], of element: Layout.Element = .int8, order: any MemoryOrder = Blocks(size: 2)
        ) -> Layout {
            Layout(shape, of: element, byteCount: 12, order: order)
        }
        #expect(!layout().isPlain)
        #expect(layout() == layout())
        for other in [
            layout([3, 4]), layout(of: .uint8), layout(order: Blocks(size: 3)), layout(order: Tiles(size: 2)),
            Layout(plain: [2, 6], of: .int8),
        ] {
            #expect(layout() != other)
            #expect(other != layout())
        }
    }
}
