import CSuretyKernels

/// One row of `Images`: the elements of an image, a gradient or an answer, in place. Writing to a row writes to its images.
/// Nothing is copied, and an element that does not exist is refused.
public struct Row: RandomAccessCollection {
    /// How many elements there are.
    public let count: Int
    @usableFromInline let start: UnsafeMutablePointer<Float>
    @usableFromInline let owner: AnyObject

    @inlinable init(at start: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
        (self.start, self.count, self.owner) = (start, count, owner)
    }

    /// 0, the index of the first element.
    @inlinable public var startIndex: Int { 0 }
    /// `count`, one beyond the index of the last element.
    @inlinable public var endIndex: Int { count }

    /// The element at `index`. Assigning to it changes the images that the row belongs to.
    @inlinable public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "there is no such element in the row")
            return start[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count, "there is no such element in the row")
            start[index] = newValue
        }
    }

    /// Calls `body` with the elements in place. Never nil; throws what `body` throws.
    @inlinable public func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result? {
        try body(UnsafeBufferPointer(start: start, count: count))
    }

    // Everything at once

    /// Copies these elements, which must have the same count.
    @inlinable public func set(_ values: some Collection<Float>) {
        precondition(values.count == count, "a row takes as many elements as it has")
        let copied: Void? = values.withContiguousStorageIfAvailable {
            _ = UnsafeMutableBufferPointer(start: start, count: count).update(fromContentsOf: $0)
        }
        if copied == nil { for (index, value) in zip(0..<count, values) { start[index] = value } }
    }

    /// Sets each element to what `value` gives for its place.
    @inlinable public func fill(_ value: (Int) -> Float) { for index in 0..<count { start[index] = value(index) } }

    /// Sets all elements to the same value.
    public func fill(with value: Float) { start.update(repeating: value, count: count) }

    /// Adds a multiple of another row, each product rounded once.
    public func add(_ direction: Row, times factor: Double) {
        precondition(direction.count == count, "rows that are added have as many elements")
        surety_move(start, direction.start, factor, count)
    }

    /// Adds a multiple of this row to an array of as many elements, each product rounded once.
    package func add(times factor: Float, to sum: inout [Float]) {
        precondition(sum.count == count, "a sum has as many elements as the row")
        surety_add_scaled(&sum, start, factor, count)
    }

    /// Limits the elements to [0, 1].
    public func clip() { surety_clip(start, 0, 1, start, count) }

    /// Σ x², in double precision, where the square of a single-precision number neither overflows nor vanishes.
    public var squareSum: Double { surety_square_sum(start, count) }

    /// Σ (x − y)², in double precision.
    public func squareDistance(to other: Row) -> Double {
        precondition(other.count == count, "rows that are compared have as many elements")
        return surety_square_distance(start, other.start, count)
    }

    /// The smallest Σ c·x for low ≤ x ≤ high, where the row is c, and Σ |c·x|: the terms are exact, and the error of the first
    /// sum is at most count·2⁻⁵³ times the second.
    package func leastSum(low: ArraySlice<Float>, high: ArraySlice<Float>) -> (sum: Double, size: Double) {
        precondition(low.count == count && high.count == count, "a row has as many limits as elements")
        let least = low.withUnsafeBufferPointer { low in
            high.withUnsafeBufferPointer { surety_least_sum(start, low.baseAddress, $0.baseAddress, count) }
        }
        return (least.sum, least.size)
    }

    /// For kernels: the elements, valid as long as the images.
    package var pointer: UnsafeMutablePointer<Float> { start }
}
