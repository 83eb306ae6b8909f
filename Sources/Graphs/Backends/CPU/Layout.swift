import CSuretyOneDNN
import SuretyTensors

/// How a tensor lies in memory: row-major ("plain"), or in one of oneDNN's blocked orders, which
/// its convolutions prefer and which may pad channels with zeros. Immutable.
package final class Layout: @unchecked Sendable, Equatable {
    let handle: OpaquePointer

    /// The tensor's shape.
    package let shape: [Int]

    /// Whether elements are in row-major order without padding.
    package let isPlain: Bool

    /// Bytes of memory, padding included.
    package let byteCount: Int

    /// Row-major order.
    package init(plain shape: [Int]) {
        // Ranks above six never reach a oneDNN kernel; their extents are merged, which a row-major order allows.
        let extents = shape.count <= 6 ? shape : [shape.elementCount]
        var created: OpaquePointer?
        let status = surety_dnn_layout_plain(Int32(extents.count), extents.map(Int64.init), &created)
        guard status == 0, let created else { preconditionFailure("oneDNN refuses the row-major layout of \(shape)") }
        handle = created
        self.shape = shape
        isPlain = true
        byteCount = shape.elementCount * MemoryLayout<Float>.stride
    }

    /// Takes over a oneDNN layout.
    init(adopting handle: OpaquePointer) {
        self.handle = handle
        shape = (0..<surety_dnn_layout_rank(handle)).map { Int(surety_dnn_layout_extent(handle, $0)) }
        byteCount = surety_dnn_layout_bytes(handle)
        let plain = Layout(plain: shape)
        isPlain = surety_dnn_layout_equal(handle, plain.handle)
    }

    deinit { surety_dnn_layout_free(handle) }

    /// Whether memory in one layout can be read in the other as it is.
    package static func == (left: Layout, right: Layout) -> Bool {
        if left.isPlain && right.isPlain { return left.byteCount == right.byteCount }
        return surety_dnn_layout_equal(left.handle, right.handle)
    }

    /// For an image [N, C, H, W], how many channels lie side by side in memory, the axes being otherwise in
    /// order; `nil` when it is not laid out so.
    var channelBlock: Int? {
        let block = Int(surety_dnn_layout_channel_block(handle))
        return block > 0 ? block : nil
    }

    /// The same order of memory for another image.
    ///
    /// - Throws: `GraphError` when this layout has no `channelBlock`.
    func resized(to image: [Int]) throws(GraphError) -> Layout {
        Layout(adopting: try created("a layout of \(image)") {
            surety_dnn_layout_resized(handle, image.map(Int64.init), &$0)
        })
    }

    /// Whether the memory holds padding, which must stay zero.
    var isPadded: Bool { byteCount != shape.elementCount * MemoryLayout<Float>.stride }
}
