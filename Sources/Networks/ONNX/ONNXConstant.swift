import SuretyTensors

/// A value of an ONNX graph that does not depend on the image: an initialiser, or the result of nodes on initialisers and
/// shapes. It is folded while reading, so that only layers remain.
struct ONNXConstant {
    enum Elements {
        /// Floating-point numbers of any width, as `Float`; and integers of 8 bits, which quantised weights are.
        case numbers([Float])
        /// Integers and truth values. They may depend on the batch size.
        case sizes([BatchSize])
    }

    /// The name of the value in the file.
    let name: String
    /// The name of the tensor it was made from, which becomes the name of a parameter made from it.
    let origin: String
    let shape: [Int]
    let elements: Elements
    /// How far each number may lie from the file's; nil if they are exact.
    let errors: [Float]?
    /// The type of a tensor as stored in the file; nil for constants made from tensors.
    let type: ONNXElementType?
    /// What was dequantised to give the numbers.
    var integers: ONNXIntegers?
    /// Whether the first axis, of extent 1, stands for the batch: the constant was repeated for each image.
    var isPerImage = false
    /// What distinguishes the constant from others: its name, if it has one in the file.
    let identity: Identity

    enum Identity: Hashable {
        case name(String)
        /// Made by the reader itself, under this name.
        case own(String)
    }

    init(
        name: String, origin: String? = nil, shape: [Int], elements: Elements, errors: [Float]? = nil,
        type: ONNXElementType? = nil
    ) {
        self.type = type
        self.name = name
        identity = .name(name)
        self.origin = origin ?? name
        self.shape = shape
        self.elements = elements
        self.errors = errors
    }

    /// A constant that has no name in the file; `origin` distinguishes it from other such constants, and says what it is.
    init(own origin: String, shape: [Int], numbers: [Float], errors: [Float]? = nil) {
        identity = .own(origin)
        (name, self.origin, self.shape, elements, self.errors, type) = (origin, origin, shape, .numbers(numbers), errors, nil)
    }

    /// A number.
    init(_ number: Float) { self.init(own: "number \(number)", shape: [], numbers: [number]) }

    /// The shape without the batch, if it contains the batch.
    var shapePerImage: [Int] { isPerImage ? Array(shape.dropFirst()) : shape }

    var count: Int {
        switch elements {
        case .numbers(let numbers): numbers.count
        case .sizes(let sizes): sizes.count
        }
    }

    /// The elements at `positions`, counted in row-major order, in the shape of `positions`.
    func elements(at positions: Positions, name: String) -> ONNXConstant {
        let chosen: Elements =
            switch elements {
            case .numbers(let numbers): .numbers(positions.indices.map { numbers[$0] })
            case .sizes(let sizes): .sizes(positions.indices.map { sizes[$0] })
            }
        var result = ONNXConstant(
            name: name, origin: origin, shape: positions.shape, elements: chosen,
            errors: errors.map { errors in positions.indices.map { errors[$0] } })
        result.isPerImage = isPerImage
        return result
    }
}

/// Where the elements of a rearranged tensor come from: positions in row-major order, themselves
/// arranged in a shape. What Transpose, Slice, Gather and their like do to a constant of any type.
struct Positions {
    let shape: [Int]
    let indices: [Int]

    /// Every element in its place.
    init(of shape: [Int]) {
        self.shape = shape
        indices = Array(0..<shape.elementCount)
    }

    private init(shape: [Int], indices: [Int]) {
        self.shape = shape
        self.indices = indices
    }

    /// Under another shape of equal element count.
    func reshaped(to shape: [Int]) -> Positions { Positions(shape: shape, indices: indices) }

    /// Axis i of the result is axis `permutation[i]`.
    func transposed(_ permutation: [Int]) -> Positions {
        let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
        return chosen(shape: permutation.map { shape[$0] }) { index in
            zip(permutation, index).reduce(0) { $0 + strides[$1.0] * $1.1 }
        }
    }

    /// Along `axis`, the elements at `places`, in that order; other axes are kept whole.
    func selected(_ places: [Int], axis: Int) -> Positions {
        let inner = shape[(axis + 1)...].reduce(1, *)
        let outer = shape[..<axis].reduce(1, *)
        var indices: [Int] = []
        indices.reserveCapacity(outer * places.count * inner)
        for block in 0..<outer {
            for place in places {
                let start = (block * shape[axis] + place) * inner
                indices += self.indices[start..<start + inner]
            }
        }
        var shape = shape
        shape[axis] = places.count
        return Positions(shape: shape, indices: indices)
    }

    /// Repeated to `target` as NumPy broadcasts: aligned at the last axis, along axes of extent 1.
    func broadcast(to target: [Int]) -> Positions {
        let aligned = Array(repeating: 1, count: target.count - shape.count) + shape
        let strides = aligned.indices.map { aligned[$0] == 1 ? 0 : aligned[($0 + 1)...].reduce(1, *) }
        return chosen(shape: target) { index in zip(strides, index).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// For each multi-index of `shape`, the position that `place` gives.
    private func chosen(shape: [Int], place: ([Int]) -> Int) -> Positions {
        var chosen: [Int] = []
        let count = shape.elementCount
        chosen.reserveCapacity(count)
        var index = Array(repeating: 0, count: shape.count)
        for _ in 0..<count {
            chosen.append(indices[place(index)])
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        return Positions(shape: shape, indices: chosen)
    }
}
