import CSuretyOneDNN
import SuretyTensors

/// An order of memory as oneDNN describes it, together with the shape and the type of the numbers: mostly a blocked one, which
/// its convolutions prefer and which may pad channels with zeros. Immutable.
final class OneDNNOrder: MemoryOrder, @unchecked Sendable {
    let handle: OpaquePointer

    /// Takes over a oneDNN layout.
    init(adopting handle: OpaquePointer) { self.handle = handle }

    /// Row-major order.
    convenience init(plain shape: [Int], of element: Layout.Element) {
        // Ranks above six never reach a oneDNN kernel; their extents are merged, which a row-major order allows.
        let extents = shape.count <= 6 ? shape : [shape.elementCount]
        var created: OpaquePointer?
        let status = surety_dnn_layout_plain(Int32(extents.count), extents.map(Int64.init), element.value, &created)
        guard status == 0, let created else { preconditionFailure("oneDNN refuses the row-major layout of \(shape)") }
        self.init(adopting: created)
    }

    deinit { surety_dnn_layout_free(handle) }

    static func == (left: OneDNNOrder, right: OneDNNOrder) -> Bool { surety_dnn_layout_equal(left.handle, right.handle) }
}
