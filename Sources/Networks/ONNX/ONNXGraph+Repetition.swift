import SuretyTensors

/// Operators that repeat elements, or swap channels and positions.
extension ONNXGraph {
    /// Repeated to a shape along axes of extent 1. For a constant, repetition over the batch is noted.
    mutating func expand(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let target = try sizes(constant(node, 1), node)
        switch try value(node, 0) {
        case .vertex(let arranged):
            let x = try standard(arranged, node)
            let rank = shape(x).count + 1
            guard target.count <= rank else { throw node.unsupported("it adds axes before the batch") }
            let aligned = Array(repeating: BatchSize(1), count: rank - target.count) + target
            guard isWholeBatch(aligned[0]) || aligned[0] == BatchSize(1) else {
                throw node.unsupported("it repeats images of the batch")
            }
            var result = x
            for (axis, size) in aligned.dropFirst().enumerated() {
                guard let extent = size.known else { throw node.unsupported("its shape depends on the batch size") }
                let present = shape(result)[axis]
                if extent == 1 || extent == present { continue }
                guard present == 1, extent > 0 else { throw node.error("\(shape(x)) per image cannot be repeated to \(extent)") }
                try spend([extent], node)
                result = try append(.selection(axis: axis, places: Array(repeating: 0, count: extent)), to: [result], node)
            }
            return .vertex(result)
        case .constant(let constant):
            var (sizes, isPerImage) = (target, constant.isPerImage)
            if isPerImage {
                guard sizes.count == constant.shape.count, sizes[0] == .batch || sizes[0] == BatchSize(1) else {
                    throw node.unsupported("it moves the batch axis of a constant that is repeated over the batch")
                }
                sizes[0] = BatchSize(1)
            } else if sizes.first == .batch, constant.shape.count < sizes.count || constant.shape.first == 1 {
                (sizes[0], isPerImage) = (BatchSize(1), true)
            }
            var shape: [Int] = []
            for size in sizes {
                guard let extent = size.known else { throw node.unsupported("its shape depends on the batch size") }
                shape.append(extent)
            }
            guard let result = broadcastShape(constant.shape, shape), !isPerImage || result.count == shape.count else {
                throw node.error("\(constant.shape) cannot be repeated to \(shape)")
            }
            return .constant(try repeated(constant, to: result, isPerImage: isPerImage, node))
        }
    }

    private mutating func repeated(
        _ constant: ONNXConstant, to shape: [Int], isPerImage: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        guard shape.count <= NetworkLimits.axes + 1, shape.allSatisfy({ $0 > 0 }) else {
            throw node.error("\(shape.prefix(10)) is not the shape of a tensor")
        }
        try spend(shape, node)
        var result = constant.elements(
            at: Positions(of: constant.shape).broadcast(to: shape), name: node.outputs.first ?? constant.name)
        result.isPerImage = isPerImage
        return result
    }

    /// Whether a size along the batch covers the whole batch.
    private func isWholeBatch(_ size: BatchSize) -> Bool {
        size == .batch || size.known.map { $0 == declaredBatch } == true
    }

    /// The whole value several times along each axis.
    mutating func tile(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        let repeats = try sizes(constant(node, 1), node)
        switch try value(node, 0) {
        case .vertex(let arranged):
            let x = try standard(arranged, node)
            guard repeats.count == shape(x).count + 1, repeats[0] == BatchSize(1) else {
                throw node.unsupported("it repeats images of the batch")
            }
            var result = x
            for (axis, size) in repeats.dropFirst().enumerated() where size != BatchSize(1) {
                let places = try places(of: shape(result)[axis], times: size, node)
                result = try append(.selection(axis: axis, places: places), to: [result], node)
            }
            return .vertex(result)
        case .constant(let constant):
            guard repeats.count == constant.shape.count else { throw node.error("its repeats do not fit \(constant.shape)") }
            var result = constant
            for (axis, size) in repeats.enumerated() where size != BatchSize(1) {
                if axis == 0, size == .batch, constant.shape[0] == 1 {
                    result.isPerImage = true
                    continue
                }
                let places = try places(of: constant.shape[axis], times: size, node)
                result = try rearranged(result, copies: size.known ?? 1, movesBatch: axis == 0, node) {
                    $0.selected(places, axis: axis)
                }
            }
            return .constant(result)
        }
    }

    private mutating func places(of extent: Int, times size: BatchSize, _ node: ONNXNode) throws(ONNXError) -> [Int] {
        guard let count = size.known else { throw node.unsupported("its repeats depend on the batch size") }
        guard 1...Self.extentLimit ~= count else { throw node.error("it repeats \(count) times") }
        try spend([extent, count], node)
        return (0..<count).flatMap { _ in 0..<extent }
    }

    /// The parts of a value along an axis.
    mutating func split(_ node: ONNXNode) throws(ONNXError) -> [ONNXValue] {
        var lengths: [Int]?
        if node.opset < 13 {
            try node.expect(inputs: 1...1, attributes: "axis", "split")
            lengths = try node.integers("split")
        } else {
            try node.expect(inputs: 1...2, attributes: "axis", "num_outputs")
            lengths = try optionalConstant(node, 1).map { lengths throws(ONNXError) in try integers(lengths, node) }
        }
        let value = try value(node, 0)
        let axis: Int
        switch value {
        case .vertex(let x):
            let stated = try self.axis(node.integer("axis") ?? 0, rank: fileRank(of: x), node)
            axis = try vertexAxis(stated, of: x, node, "it splits the batch")
        case .constant(let constant): axis = try self.axis(node.integer("axis") ?? 0, rank: constant.shape.count, node)
        }
        let extent = extents(of: value)[axis]
        let count = try node.integer("num_outputs") ?? node.outputs.count
        guard 1...max(1, extent) ~= count else { throw node.error("it makes \(count) parts of \(extent) elements") }
        // Equal parts; the last may be smaller.
        let size = (extent + count - 1) / count
        let parts = lengths ?? (0..<count).map { min(size, extent - $0 * size) }
        guard parts.count <= node.outputs.count + 1, parts.allSatisfy({ 0...extent ~= $0 }), parts.reduce(0, +) == extent else {
            throw node.error("its parts \(parts.prefix(10)) do not make up \(extent) elements")
        }
        var (results, start): ([ONNXValue], Int) = ([], 0)
        for (index, part) in parts.enumerated() {
            defer { start += part }
            guard part > 0 else { throw node.unsupported("its part \(index) is empty") }
            switch value {
            case .vertex(let x):
                var (from, to) = (shape(x).map { _ in 0 }, shape(x))
                (from[axis], to[axis]) = (start, start + part)
                let slice = try append(.slice(start: from, end: to, step: from.map { _ in 1 }), to: [x], node)
                place(slice, at: batchPlace(of: x))
                results.append(.vertex(slice))
            case .constant(let constant):
                let places = Array(start..<start + part)
                results.append(.constant(try rearranged(constant, node) { $0.selected(places, axis: axis) }))
            }
        }
        return results
    }

    /// Channels laid out as positions, or with `isInverse` positions as channels.
    mutating func depthToSpace(_ node: ONNXNode, isInverse: Bool) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "blocksize", "mode")
        let x = try vertex(node)
        let extents = shape(x)
        guard let block = try node.integer("blocksize"), 1...Self.extentLimit ~= block, extents.count == 3,
            isInverse
                ? extents[1].isMultiple(of: block) && extents[2].isMultiple(of: block) : extents[0].isMultiple(of: block * block)
        else { throw node.error("its blocks do not fit the shape \(extents)") }
        let mode = try node.text("mode") ?? "DCR"
        guard ["DCR", "CRD"].contains(mode) else { throw node.error("its mode is \(quoted(mode))") }
        let (channels, height, width) = (extents[0], extents[1], extents[2])
        let (parts, order, result): ([Int], [Int], [Int])
        if isInverse {
            parts = [channels, height / block, block, width / block, block]
            (order, result) = ([2, 4, 0, 1, 3], [channels * block * block, height / block, width / block])
        } else if mode == "DCR" {
            parts = [block, block, channels / (block * block), height, width]
            (order, result) = ([2, 3, 0, 4, 1], [channels / (block * block), height * block, width * block])
        } else {
            parts = [channels / (block * block), block, block, height, width]
            (order, result) = ([0, 3, 1, 4, 2], [channels / (block * block), height * block, width * block])
        }
        let split = try append(.reshape(to: parts), to: [x], node)
        let moved = try append(.transpose(permutation: order), to: [split], node)
        return .vertex(try append(.reshape(to: result), to: [moved], node))
    }

    /// The whole numbers from a start up to but not including a limit, as used in chains that compute places.
    mutating func range(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 3...3)
        var bounds: [Int] = []
        for index in 0..<3 {
            guard let number = try integers(constant(node, index), node).first else { throw node.error("its input \(index) is empty") }
            bounds.append(number)
        }
        let (start, limit, step) = (bounds[0], bounds[1], bounds[2])
        guard step != 0, [start, limit, step].allSatisfy({ -1 << 31..<1 << 31 ~= $0 }) else {
            throw node.error("it counts from \(start) to \(limit) by \(step)")
        }
        let count = max(0, (limit - start + step - step.signum()) / step)
        try spend([count], node)
        return .constant(
            ONNXConstant(
                name: node.outputs.first ?? node.name, shape: [count],
                elements: .sizes((0..<count).map { BatchSize(start + $0 * step) })))
    }
}
