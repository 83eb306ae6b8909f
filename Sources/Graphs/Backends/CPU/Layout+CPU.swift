import CSuretyOneDNN
import SuretyTensors

extension Layout {
    /// Takes over a oneDNN layout.
    init(adopting handle: OpaquePointer) {
        let order = OneDNNOrder(adopting: handle)
        let plain = Layout(
            plain: (0..<surety_dnn_layout_rank(handle)).map { Int(surety_dnn_layout_extent(handle, $0)) },
            of: Element(surety_dnn_layout_element(handle)))
        let isPlain = plain.withOneDNN { surety_dnn_layout_equal(handle, $0) }
        self.init(
            plain.shape, of: plain.element, byteCount: surety_dnn_layout_bytes(handle), order: isPlain ? nil : order)
    }

    /// What `body` makes of this layout as oneDNN describes it, for as long as the call.
    func withOneDNN<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        withExtendedLifetime(oneDNN) { body($0.handle) }
    }

    private var oneDNN: OneDNNOrder {
        guard let order else { return OneDNNOrder(plain: shape, of: element) }
        guard let own = order as? OneDNNOrder else { preconditionFailure("\(order) is another backend's") }
        return own
    }

    /// For an image [N, C, H, W], how many channels lie side by side in memory, with the axes otherwise in order; `nil` if
    /// the layout is another.
    var channelBlock: Int? {
        let block = Int(withOneDNN(surety_dnn_layout_channel_block))
        return block > 0 ? block : nil
    }

    /// The same order of memory for another image.
    ///
    /// - Throws: `GraphError` when this layout has no `channelBlock`.
    func resized(to image: [Int]) throws(GraphError) -> Layout {
        Layout(adopting: try created("a layout of \(image)") { layout in
            withOneDNN { surety_dnn_layout_resized($0, image.map(Int64.init), &layout) }
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
        return Layout(adopting: try created("a layout of \(shape)") { layout in
            withOneDNN { surety_dnn_layout_of_elements($0, element.value, &layout) }
        })
    }

    /// Whether the memory holds padding, which must stay zero.
    var isPadded: Bool { byteCount != shape.elementCount * element.byteCount }
}

extension Layout.Element {
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
