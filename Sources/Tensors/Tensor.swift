/// A dense array of `Float`, stored contiguously in row-major order, with value semantics.
///
/// Use it for what enters and leaves a computation: images, parameters, logits. Inside a
/// computation the engine keeps its own memory.
///
/// Invariant: `values.count` is the product of `shape`; a scalar has the empty shape and one value.
public struct Tensor: Sendable, Equatable {
    /// Extent of each axis, outermost first.
    public let shape: [Int]

    /// The elements in row-major order. They are changed in place: an observer (`didSet`) instead of these accessors would
    /// copy all of them for each assigned element.
    @inlinable public var values: [Float] {
        get { elements }
        _modify {
            defer { precondition(elements.count == shape.elementCount, "a tensor keeps its element count") }
            yield &elements
        }
    }

    @usableFromInline var elements: [Float]

    /// A tensor of `shape` holding `values` in row-major order.
    ///
    /// - Precondition: `values.count` is the product of `shape`. Readers of untrusted files check this first.
    public init(shape: [Int], values: [Float]) {
        precondition(values.count == shape.elementCount, "\(values.count) values cannot fill the shape \(shape)")
        self.shape = shape
        elements = values
    }

    /// A tensor of `shape` with every element equal to `value`.
    public init(shape: [Int], repeating value: Float) {
        self.init(shape: shape, values: Array(repeating: value, count: shape.elementCount))
    }

    /// A tensor without axes that holds one value.
    public init(scalar value: Float) {
        self.init(shape: [], values: [value])
    }

    /// The same elements under another shape of equal element count.
    public func reshaped(to shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: values)
    }
}

extension [Int] {
    /// The number of elements of a tensor with this shape: the product of the extents, 1 for a scalar.
    public var elementCount: Int { reduce(1, *) }
}
