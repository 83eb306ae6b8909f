/// An array of `Double` read and written by index: the slow and obvious storage of `ReferenceEvaluator`.
struct ReferenceArray {
    let shape: [Int]
    var values: [Double]

    init(shape: [Int], values: [Double]) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for the shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// Zeros.
    init(shape: [Int]) {
        self.init(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
    }

    /// Each element as a function of its index.
    init(shape: [Int], of element: ([Int]) throws -> Double) rethrows {
        self.init(shape: shape)
        for (offset, index) in indices.enumerated() { values[offset] = try element(index) }
    }

    subscript(index: [Int]) -> Double {
        get { values[offset(of: index)] }
        set { values[offset(of: index)] = newValue }
    }

    /// The element of an image or of weights, which have four axes.
    subscript(n: Int, c: Int, y: Int, x: Int) -> Double {
        get { values[((n * shape[1] + c) * shape[2] + y) * shape[3] + x] }
        set { values[((n * shape[1] + c) * shape[2] + y) * shape[3] + x] = newValue }
    }

    /// Every index, the last axis running fastest.
    var indices: [[Int]] {
        shape.reduce([[]]) { starts, extent in
            starts.flatMap { start in (0..<extent).map { start + [$0] } }
        }
    }

    func map(_ function: (Double) -> Double) -> ReferenceArray {
        ReferenceArray(shape: shape, values: values.map(function))
    }

    func combined(with other: ReferenceArray, _ function: (Double, Double) -> Double) -> ReferenceArray {
        precondition(shape == other.shape, "\(shape) and \(other.shape) differ")
        return ReferenceArray(shape: shape, values: zip(values, other.values).map(function))
    }

    private func offset(of index: [Int]) -> Int {
        precondition(index.count == shape.count, "\(index) is no index into the shape \(shape)")
        return zip(index, shape).reduce(0) { offset, axis in
            precondition((0..<axis.1).contains(axis.0), "\(index) is outside the shape \(shape)")
            return offset * axis.1 + axis.0
        }
    }
}
