import SuretyTensors

/// How a tensor lies in memory: row-major ("plain"), or in an order of a backend's own; and the type in which each number is
/// stored.
///
/// A node's value is a tensor of numbers, whatever the layout: whole numbers from 0 to 255, which the integer primitives
/// compute, may lie in memory as bytes, and a copy into another layout changes no value.
package struct Layout: Sendable, Equatable {
    /// The type in which a number is stored.
    package enum Element: Sendable {
        case float32, uint8, int8

        /// Bytes of an element.
        var byteCount: Int { self == .float32 ? 4 : 1 }
    }

    /// The tensor's shape.
    package let shape: [Int]

    /// The type in which its numbers are stored.
    package let element: Element

    /// Bytes of memory, padding included.
    package let byteCount: Int

    /// The backend's own order; `nil` if elements are in row-major order without padding.
    package let order: (any MemoryOrder)?

    /// A layout in a backend's own order, or in row-major order.
    package init(_ shape: [Int], of element: Element, byteCount: Int, order: (any MemoryOrder)?) {
        self.shape = shape
        self.element = element
        self.byteCount = byteCount
        self.order = order
    }

    /// Row-major order.
    package init(plain shape: [Int], of element: Element = .float32) {
        self.init(shape, of: element, byteCount: shape.elementCount * element.byteCount, order: nil)
    }

    /// Whether elements are in row-major order without padding.
    package var isPlain: Bool { order == nil }

    /// Whether memory in one layout can be read in the other without a copy.
    package static func == (left: Layout, right: Layout) -> Bool {
        guard left.element == right.element else { return false }
        return switch (left.order, right.order) {
        // Under any shape.
        case (nil, nil): left.byteCount == right.byteCount
        case (let order?, let other?): left.shape == right.shape && order.equals(other)
        default: false
        }
    }
}

/// An order of memory that only its own backend can read. To the planner, two orders are the same or not.
package protocol MemoryOrder: Sendable, Equatable {}

extension MemoryOrder {
    fileprivate func equals(_ other: any MemoryOrder) -> Bool { self == other as? Self }
}
