extension NumPyArray {
    /// The array with its axes in another order.
    ///
    /// - Parameter order: For each axis of the result, its axis in this array.
    func transposed(to order: [Int]) -> NumPyArray {
        let transposed: Elements = switch elements {
        case .uint8(let values): .uint8(values.transposed(shape, to: order))
        case .int64(let values): .int64(values.transposed(shape, to: order))
        case .float32(let values): .float32(values.transposed(shape, to: order))
        case .float64(let values): .float64(values.transposed(shape, to: order))
        case .text(let values): .text(values.transposed(shape, to: order))
        }
        return NumPyArray(shape: order.map { shape[$0] }, transposed)
    }
}

extension Array {
    /// The elements of an array in row-major order, with its axes in another order.
    ///
    /// - Parameters:
    ///   - shape: The array's shape.
    ///   - order: For each axis of the result, its axis in the array.
    fileprivate func transposed(_ shape: [Int], to order: [Int]) -> [Element] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        var result: [Element] = []
        result.reserveCapacity(count)
        func append(from place: Int, _ axes: ArraySlice<Int>) {
            guard let axis = axes.first else { return result.append(self[place]) }
            for index in 0..<shape[axis] { append(from: place + index * strides[axis], axes.dropFirst()) }
        }
        append(from: 0, order[...])
        return result
    }
}
