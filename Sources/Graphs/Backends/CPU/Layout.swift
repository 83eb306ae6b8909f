import CSuretyOneDNN
import SuretyTensors

/// How a tensor lies in memory: row-major ("plain"), or in one of oneDNN's blocked orders, which its convolutions prefer and
/// which may pad channels with zeros; and the type in which each number is stored. Immutable.
///
/// A node's value is a tensor of numbers, whatever the layout: whole numbers from 0 to 255, which the integer primitives
/// compute, may lie in memory as bytes, and a copy into another layout changes no value.
package final class Layout: @unchecked Sendable, Equatable {
    /// The type in which a number is stored.
    package enum Element: Sendable {
        case float32, uint8, int8

        /// Bytes of an element.
        var byteCount: Int { self == .float32 ? 4 : 1 }

        /// The form that oneDNN's shim takes.
        var value: surety_dnn_element {
            switch self {
            case .float32: surety_dnn_float32
            case .uint8: surety_dnn_uint8
            case .int8: surety_dnn_int8
            }
        }

        fileprivate init(_ value: surety_dnn_element) {
            self = value == surety_dnn_uint8 ? .uint8 : value == surety_dnn_int8 ? .int8 : .float32
        }
    }

    let handle: OpaquePointer

    /// The tensor's shape.
    package let shape: [Int]

    /// The type in which its numbers are stored.
    package let element: Element

    /// Whether elements are in row-major order without padding.
    package let isPlain: Bool

    /// Bytes of memory, padding included.
    package let byteCount: Int

    /// Row-major order.
    package init(plain shape: [Int], of element: Element = .float32) {
        // Ranks above six never reach a oneDNN kernel; their extents are merged, which a row-major order allows.
        let extents = shape.count <= 6 ? shape : [shape.elementCount]
        var created: OpaquePointer?
        let status = surety_dnn_layout_plain(Int32(extents.count), extents.map(Int64.init), element.value, &created)
        guard status == 0, let created else { preconditionFailure("oneDNN refuses the row-major layout of \(shape)") }
        handle = created
        self.shape = shape
        self.element = element
        isPlain = true
        byteCount = shape.elementCount * element.byteCount
    }

    /// Takes over a oneDNN layout.
    init(adopting handle: OpaquePointer) {
        self.handle = handle
        shape = (0..<surety_dnn_layout_rank(handle)).map { Int(surety_dnn_layout_extent(handle, $0)) }
        element = Element(surety_dnn_layout_element(handle))
        byteCount = surety_dnn_layout_bytes(handle)
        let plain = Layout(plain: shape, of: element)
        isPlain = surety_dnn_layout_equal(handle, plain.handle)
    }

    deinit { surety_dnn_layout_free(handle) }

    /// Whether memory in one layout can be read in the other without a copy.
    package static func == (left: Layout, right: Layout) -> Bool {
        if left.isPlain && right.isPlain { return left.element == right.element && left.byteCount == right.byteCount }
        return surety_dnn_layout_equal(left.handle, right.handle)
    }

    /// For an image [N, C, H, W], how many channels lie side by side in memory, with the axes otherwise in order; `nil` if
    /// the layout is another.
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

    /// An image [N, C, H, W] with sixteen channels side by side.
    static func inBlocks(_ image: [Int]) throws(GraphError) -> Layout {
        Layout(adopting: try created("a layout of \(image)") { surety_dnn_layout_in_blocks(image.map(Int64.init), &$0) })
    }

    /// The same order of memory with numbers stored in another type.
    func storing(_ element: Element) throws(GraphError) -> Layout {
        if element == self.element { return self }
        if isPlain { return Layout(plain: shape, of: element) }
        return Layout(adopting: try created("a layout of \(shape)") {
            surety_dnn_layout_of_elements(handle, element.value, &$0)
        })
    }

    /// Whether the memory holds padding, which must stay zero.
    var isPadded: Bool { byteCount != shape.elementCount * element.byteCount }
}
