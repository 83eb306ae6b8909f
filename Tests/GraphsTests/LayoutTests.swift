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
    }
}
