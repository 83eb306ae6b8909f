import SuretyTensors

/// Operators that arrange the same elements in another shape or order.
extension ONNXGraph {
    mutating func reshape(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "allowzero")
        let target = try sizes(constant(node, 1), node)
        let copiesZeros = try !node.flag("allowzero")
        switch try value(node, 0) {
        case .vertex(let x):
            return .vertex(try append(.reshape(to: perImage(target, of: shape(x), copiesZeros: copiesZeros, node)), to: [x], node))
        case .constant(let constant):
            return .constant(try reshaped(constant, to: target, copiesZeros: copiesZeros, node))
        }
    }

    /// The shape per image that a reshape of [batch] + `shape` to `target` means for every batch size.
    private func perImage(
        _ target: [BatchSize], of shape: [Int], copiesZeros: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> [Int] {
        let input = [BatchSize.batch] + shape.map { BatchSize($0) }
        var target = target
        for index in target.indices where copiesZeros && target[index] == BatchSize(0) {
            guard index < input.count else { throw node.error("its shape copies axis \(index), which its input lacks") }
            target[index] = input[index]
        }
        let mixing = node.unsupported("it would merge the batch with other axes or mix images; reshape to [batch, ...] instead")
        guard let first = target.first else { throw mixing }
        var rest: [Int] = []
        for size in target.dropFirst() {
            guard let known = size.known else { throw mixing }
            rest.append(known)
        }
        // A file made for one batch size may state it as a number, or leave it to be inferred.
        let isBatch = first == .batch || first.known.map { $0 == declaredBatch } == true
        guard isBatch || first == BatchSize(-1) else { throw mixing }
        guard let count = shape.checkedElementCount, let result = inferred(rest, count: count, infers: isBatch) else {
            throw node.error("\(shape) per image cannot be reshaped to \(rest)")
        }
        return result
    }

    private mutating func reshaped(
        _ constant: ONNXConstant, to target: [BatchSize], copiesZeros: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        var shape: [Int] = []
        for (index, size) in target.enumerated() {
            guard var known = size.known else { throw node.unsupported("the shape of a constant depends on the batch size") }
            if known == 0, copiesZeros, index < constant.shape.count { known = constant.shape[index] }
            shape.append(known)
        }
        guard let shape = inferred(shape, count: constant.count, infers: true) else {
            throw node.error("\(constant.shape) cannot be reshaped to \(shape)")
        }
        return try reshaped(constant, to: shape, node)
    }

    /// `shape` with one extent of −1 replaced so that the product is `count`; `nil` when that is impossible.
    private func inferred(_ shape: [Int], count: Int, infers: Bool) -> [Int]? {
        guard let place = shape.firstIndex(of: -1), infers else { return shape.checkedElementCount == count ? shape : nil }
        var result = shape
        result[place] = 1
        guard let rest = result.checkedElementCount, rest > 0, count.isMultiple(of: rest) else { return nil }
        result[place] = count / rest
        return result
    }

    /// The constant under another shape of equal element count.
    private func reshaped(_ constant: ONNXConstant, to shape: [Int], _ node: ONNXNode) throws(ONNXError) -> ONNXConstant {
        guard shape.checkedElementCount == constant.count, shape.count <= NetworkLimits.axes + 1 else {
            throw node.error("\(constant.shape) cannot be reshaped to \(shape.prefix(10))")
        }
        return ONNXConstant(
            name: node.outputs.first ?? constant.name, origin: constant.origin, shape: shape, elements: constant.elements,
            errors: constant.errors)
    }

    /// Two axes: those before `axis`, and the others.
    mutating func flatten(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "axis")
        let x = try vertex(node)
        let extents = [declaredBatch ?? 0] + shape(x)
        let stated = try node.integer("axis") ?? 1
        let axis = stated == extents.count ? stated : try axis(stated, rank: extents.count, node)
        // Batch alone before the cut, or nothing but axes of extent 1 beside it.
        guard axis >= 1 || declaredBatch == 1, extents[..<max(1, axis)].dropFirst().allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("flattening at axis \(axis) would merge the batch with other axes; flatten at axis 1")
        }
        return .vertex(try append(.reshape(to: [shape(x).elementCount]), to: [x], node))
    }

    mutating func squeeze(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let listed = try axesOfSqueeze(node, isRequired: false)
        switch try value(node, 0) {
        case .vertex(let x):
            let extents = [declaredBatch ?? 0] + shape(x)
            let axes = try listed.map { listed throws(ONNXError) in try self.axes(listed, rank: extents.count, node) }
                ?? extents.indices.filter { extents[$0] == 1 }
            guard !axes.contains(0) else {
                throw node.unsupported("""
                    it removes the batch axis; name the axes to remove, without 0
                    """)
            }
            return .vertex(try append(.reshape(to: Array(removed(axes, from: extents, node).dropFirst())), to: [x], node))
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
            let extents = try inserted(listed, into: [declaredBatch ?? 0] + shape(x), keepsFirst: true, node)
            return .vertex(try append(.reshape(to: Array(extents.dropFirst())), to: [x], node))
        case .constant(let constant):
            return .constant(try reshaped(constant, to: inserted(listed, into: constant.shape, keepsFirst: false, node), node))
        }
    }

    private func inserted(
        _ listed: [Int], into shape: [Int], keepsFirst: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> [Int] {
        guard listed.count <= NetworkLimits.axes else { throw node.error("it adds \(listed.count) axes") }
        let axes = try axes(listed, rank: shape.count + listed.count, node)
        guard !keepsFirst || !axes.contains(0) else { throw node.unsupported("it adds an axis before the batch") }
        var result = shape
        for axis in axes.sorted() { result.insert(1, at: axis) }
        return result
    }

    /// The axes of Squeeze or Unsqueeze: an attribute before opset 13 and an input since.
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
        case .vertex(let x): shape(x).count + 1
        case .constant(let constant): constant.shape.count
        }
        let permutation = try node.integers("perm") ?? (0..<rank).reversed()
        guard permutation.count == rank, permutation.sorted() == Array(0..<rank) else {
            throw node.error("\(permutation.prefix(10)) is not an order of \(rank) axes")
        }
        switch value {
        case .vertex(let x):
            guard permutation.first == 0 else { throw node.unsupported("it moves the batch axis, which must stay first") }
            return .vertex(try append(.transpose(permutation: permutation.dropFirst().map { $0 - 1 }), to: [x], node))
        case .constant(let constant):
            return .constant(try rearranged(constant, node) { $0.transposed(permutation) })
        }
    }

    /// The elements of a constant at the positions that `move` gives, each at most `copies` times.
    mutating func rearranged(
        _ constant: ONNXConstant, copies: Int = 1, _ node: ONNXNode, _ move: (Positions) -> Positions
    ) throws(ONNXError) -> ONNXConstant {
        try spend(constant.shape + [copies], node)
        return constant.elements(at: move(Positions(of: constant.shape)), name: node.outputs.first ?? constant.name)
    }
}
