import SuretyTensors

/// Operators that arrange the same elements in another shape or order.
extension ONNXGraph {
    mutating func reshape(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "allowzero")
        let target = try sizes(constant(node, 1), node)
        let copiesZeros = try !node.flag("allowzero")
        switch try value(node, 0) {
        case .vertex(let x):
            var target = target
            let axes = fileAxes(of: x)
            for index in target.indices where copiesZeros && target[index] == BatchSize(0) {
                guard index < axes.count else { throw node.error("its shape copies axis \(index), which its input lacks") }
                target[index] = axes[index].size
            }
            if batchPlace(of: x) == .first, let extents = try perImage(target, of: shape(x), node) {
                return .vertex(try append(.reshape(to: extents), to: [x], node))
            }
            return .vertex(try reshapedWithBatch(x, to: target, node))
        case .constant(let constant):
            return .constant(try reshaped(constant, to: target, copiesZeros: copiesZeros, node))
        }
    }

    /// The shape per image that a reshape of [batch] + `shape` to `target` means for every batch size; nil if the batch does
    /// not stay the first axis.
    private func perImage(_ target: [BatchSize], of shape: [Int], _ node: ONNXNode) throws(ONNXError) -> [Int]? {
        guard let first = target.first else { return nil }
        let rest = target.dropFirst().compactMap(\.known)
        guard rest.count == target.count - 1 else { return nil }
        // A file made for one batch size may state it as a number, or leave it to be inferred.
        let isBatch = first == .batch || first.known.map { $0 == declaredBatch } == true
        guard isBatch || first == BatchSize(-1) else { return nil }
        guard let count = shape.checkedElementCount else { return nil }
        if let result = Self.inferred(rest, count: count, infers: isBatch) { return result }
        guard first == .batch, declaredBatch != 1 else { return nil }
        throw node.error("\(shape) per image cannot be reshaped to \(rest)")
    }

    private mutating func reshaped(
        _ constant: ONNXConstant, to target: [BatchSize], copiesZeros: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        var shape: [Int] = []
        for (index, size) in target.enumerated() {
            if constant.isPerImage, index == 0 {
                guard size == .batch || size == BatchSize(0) && copiesZeros else {
                    throw node.unsupported("it merges the batch of a constant that is repeated over the batch with other axes")
                }
                shape.append(1)
                continue
            }
            guard var known = size.known else { throw node.unsupported("the shape of a constant depends on the batch size") }
            if known == 0, copiesZeros, index < constant.shape.count { known = constant.shape[index] }
            shape.append(known)
        }
        guard let shape = Self.inferred(shape, count: constant.count, infers: true) else {
            throw node.error("\(constant.shape) cannot be reshaped to \(shape)")
        }
        return try reshaped(constant, to: shape, node)
    }

    /// `shape` with one extent of −1 replaced so that the product is `count`; `nil` when that is impossible.
    static func inferred(_ shape: [Int], count: Int, infers: Bool) -> [Int]? {
        guard let place = shape.firstIndex(of: -1), infers else { return shape.checkedElementCount == count ? shape : nil }
        var result = shape
        result[place] = 1
        guard let rest = result.checkedElementCount, rest > 0, count.isMultiple(of: rest) else { return nil }
        result[place] = count / rest
        return result
    }

    /// The constant under another shape of equal element count.
    private func reshaped(_ constant: ONNXConstant, to shape: [Int], _ node: ONNXNode) throws(ONNXError) -> ONNXConstant {
        guard !constant.isPerImage || shape.first == 1 else {
            throw node.unsupported("it moves the batch axis of a constant that is repeated over the batch")
        }
        guard shape.checkedElementCount == constant.count, shape.count <= NetworkLimits.axes + 1 else {
            throw node.error("\(constant.shape) cannot be reshaped to \(shape.prefix(10))")
        }
        var result = ONNXConstant(
            name: node.outputs.first ?? constant.name, origin: constant.origin, shape: shape, elements: constant.elements,
            errors: constant.errors)
        result.isPerImage = constant.isPerImage
        return result
    }

    /// Two axes: one from those before `axis`, and one from the others.
    mutating func flatten(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "axis")
        let x = try vertex(node)
        let extents = [declaredBatch ?? 0] + shape(x)
        let stated = try node.integer("axis") ?? 1
        let axis = stated == extents.count ? stated : try axis(stated, rank: extents.count, node)
        // Only the batch lies before the cut, or nothing but axes of extent 1 beside it.
        guard axis >= 1 || declaredBatch == 1, extents[..<max(1, axis)].dropFirst().allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("flattening at axis \(axis) would merge the batch with other axes; flatten at axis 1")
        }
        return .vertex(try append(.reshape(to: [shape(x).elementCount]), to: [x], node))
    }

    mutating func squeeze(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let listed = try axesOfSqueeze(node, isRequired: false)
        switch try value(node, 0) {
        case .vertex(var x):
            let places = try listed.map { listed throws(ONNXError) in try self.axes(listed, rank: fileRank(of: x), node) }
            if declaredBatch == 1, let places, places.contains(where: { fileAxes(of: x)[$0].batchAfter != nil }) {
                x = try withoutBatch(x, node)
            }
            let axes = fileAxes(of: x)
            let removed = places ?? axes.indices.filter { axes[$0].size == BatchSize(1) }
            guard removed.allSatisfy({ axes[$0].size == BatchSize(1) }) else {
                throw node.unsupported("it removes axes \(removed) of \(shape(x)) per image, whose extent is not 1 or that are the batch")
            }
            return .vertex(try reshaped(x, to: axes.indices.filter { !removed.contains($0) }.map { axes[$0] }, node))
        case .constant(let constant):
            let axes = try listed.map { listed throws(ONNXError) in try self.axes(listed, rank: constant.shape.count, node) }
                ?? constant.shape.indices.filter { constant.shape[$0] == 1 }
            return .constant(try reshaped(constant, to: removed(axes, from: constant.shape, node), node))
        }
    }

    private func removed(_ axes: [Int], from shape: [Int], _ node: ONNXNode) throws(ONNXError) -> [Int] {
        guard axes.allSatisfy({ shape[$0] == 1 }) else {
            throw node.error("""
                it removes axes \(axes) of \(shape), whose extent is not 1
                """)
        }
        return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    }

    mutating func unsqueeze(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let listed = try axesOfSqueeze(node, isRequired: true) ?? []
        switch try value(node, 0) {
        case .vertex(let x):
            var axes = fileAxes(of: x)
            guard listed.count <= NetworkLimits.axes else { throw node.error("it adds \(listed.count) axes") }
            for place in try self.axes(listed, rank: axes.count + listed.count, node).sorted() {
                axes.insert(ONNXAxis(extents: [1]), at: place)
            }
            return .vertex(try reshaped(x, to: axes, node))
        case .constant(let constant):
            return .constant(try reshaped(constant, to: inserted(listed, into: constant.shape, node), node))
        }
    }

    private func inserted(
        _ listed: [Int], into shape: [Int], _ node: ONNXNode
    ) throws(ONNXError) -> [Int] {
        guard listed.count <= NetworkLimits.axes else { throw node.error("it adds \(listed.count) axes") }
        let axes = try axes(listed, rank: shape.count + listed.count, node)
        var result = shape
        for axis in axes.sorted() { result.insert(1, at: axis) }
        return result
    }

    /// The axes of Squeeze or Unsqueeze: an attribute before opset 13, and an input since then.
    private mutating func axesOfSqueeze(_ node: ONNXNode, isRequired: Bool) throws(ONNXError) -> [Int]? {
        let axes: [Int]?
        if node.opset < 13 {
            try node.expect(inputs: 1...1, attributes: "axes")
            axes = try node.integers("axes")
        } else {
            try node.expect(inputs: 1...2)
            axes = try optionalConstant(node, 1).map { axes throws(ONNXError) in try integers(axes, node) }
        }
        guard axes != nil || !isRequired else { throw node.error("it names no axes") }
        return axes
    }

    mutating func transpose(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "perm")
        let value = try value(node, 0)
        let rank = switch value {
        case .vertex(let x): fileRank(of: x)
        case .constant(let constant): constant.shape.count
        }
        let permutation = try node.integers("perm") ?? (0..<rank).reversed()
        guard permutation.count == rank, permutation.sorted() == Array(0..<rank) else {
            throw node.error("\(permutation.prefix(10)) is not an order of \(rank) axes")
        }
        switch value {
        case .vertex(var x):
            if declaredBatch == 1, permutation.first != 0 { x = try withoutBatch(x, node) }
            let axes = fileAxes(of: x)
            // The axes of the vertex that make up each axis of the file.
            var starts = [0]
            for axis in axes { starts.append(starts[starts.count - 1] + axis.extents.count) }
            let order = permutation.flatMap { starts[$0]..<starts[$0 + 1] }
            let moved = try append(.transpose(permutation: order), to: [x], node)
            place(moved, as: permutation.map { axes[$0] })
            return .vertex(moved)
        case .constant(let constant):
            guard !constant.isPerImage || permutation.first == 0 else {
                throw node.unsupported("it moves the batch axis, which must stay first")
            }
            return .constant(try rearranged(constant, movesBatch: false, node) { $0.transposed(permutation) })
        }
    }

    /// The elements of a constant at the positions that `move` gives, each at most `copies` times.
    mutating func rearranged(
        _ constant: ONNXConstant, copies: Int = 1, movesBatch: Bool = true, _ node: ONNXNode, _ move: (Positions) -> Positions
    ) throws(ONNXError) -> ONNXConstant {
        guard !constant.isPerImage || !movesBatch else {
            throw node.unsupported("it rearranges a constant that is repeated over the batch")
        }
        try spend(constant.shape + [copies], node)
        return constant.elements(at: move(Positions(of: constant.shape)), name: node.outputs.first ?? constant.name)
    }
}
