import CSuretyKernels

/// Row-major strides in elements.
func rowMajorStrides(of shape: [Int]) -> [Int] {
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
}

/// The most axes a tensor may have in operations that move elements.
let maximumRank = Int(SURETY_MAX_RANK)

extension surety_strided {
    /// - Precondition: All three have one count, at most `maximumRank`.
    init(extents: [Int], inputStrides: [Int], outputStrides: [Int]) {
        self.init()
        rank = Int32(extents.count)
        Self.fill(&self.extents, with: extents)
        Self.fill(&input_strides, with: inputStrides)
        Self.fill(&output_strides, with: outputStrides)
    }

    private static func fill<Values>(_ target: inout Values, with values: [Int]) {
        withUnsafeMutableBytes(of: &target) { bytes in
            let slots = bytes.bindMemory(to: Int64.self)
            for (index, value) in values.enumerated() { slots[index] = Int64(value) }
        }
    }
}

extension Primitive {
    /// A kernel that copies `input` elements to strided places of the result, which is cleared first
    /// unless every place is written.
    func copyKernel(
        input: Layout, output: [Int], extents: [Int], inputStrides: [Int], outputStrides: [Int],
        inputOffset: Int = 0, outputOffset: Int = 0, clearing: Bool = false
    ) throws(GraphError) -> any Kernel {
        guard extents.count <= maximumRank else {
            throw GraphError("\(name) works on at most \(maximumRank) axes, and the shape is \(extents)")
        }
        let strided = surety_strided(extents: extents, inputStrides: inputStrides, outputStrides: outputStrides)
        let count = output.reduce(1, *)
        return PlainKernel(inputs: [input], output: output) { operands in
            if clearing { operands.result.update(repeating: 0, count: count) }
            withUnsafePointer(to: strided) {
                surety_strided_copy($0, operands.floats(0) + inputOffset, operands.result + outputOffset)
            }
        }
    }
}
