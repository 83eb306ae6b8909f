import SuretyTensors

/// Operators that select, join or surround elements.
extension ONNXGraph {
    mutating func concat(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...Int.max, attributes: "axis")
        guard let stated = try node.integer("axis") else { throw node.error("it has no axis") }
        var (vertices, constants): ([Int], [ONNXConstant]) = ([], [])
        for index in node.inputs.indices {
            switch try value(node, index) {
            case .vertex(let vertex): vertices.append(vertex)
            case .constant(let constant): constants.append(constant)
            }
        }
        guard let first = vertices.first else { return .constant(try joined(constants, axis: stated, node)) }
        guard constants.isEmpty else {
            throw node.unsupported("it joins constants to values of the image; only either is supported")
        }
        let axis = try axis(stated, rank: shape(first).count + 1, node) - 1
        guard axis >= 0 else { throw node.unsupported("it joins values along the batch") }
        return .vertex(try append(.concatenation(axis: axis), to: vertices, node))
    }

    private mutating func joined(_ constants: [ONNXConstant], axis stated: Int, _ node: ONNXNode) throws(ONNXError) -> ONNXConstant {
        var shape = constants[0].shape
        let axis = try axis(stated, rank: shape.count, node)
        func others(_ shape: [Int]) -> [Int] { shape.indices.filter { $0 != axis }.map { shape[$0] } }
        guard constants.allSatisfy({ $0.shape.count == shape.count && others($0.shape) == others(shape) }) else {
            throw node.error("it joins constants of the shapes \(constants.prefix(10).map(\.shape)) along axis \(axis)")
        }
        // The file holds or has paid for every part, so the sum is far from overflowing.
        shape[axis] = constants.map { $0.shape[axis] }.reduce(0, +)
        try spend(shape, node)
        let outer = shape[..<axis].reduce(1, *)
        func join<Element>(_ parts: [[Element]]) -> [Element] {
            var joined: [Element] = []
            for block in 0..<outer {
                for part in parts {
                    let width = part.count / outer
                    joined += part[block * width..<(block + 1) * width]
                }
            }
            return joined
        }
        let numbers = constants.compactMap { if case .numbers(let numbers) = $0.elements { numbers } else { nil } }
        let sizes = constants.compactMap { if case .sizes(let sizes) = $0.elements { sizes } else { nil } }
        guard numbers.isEmpty || sizes.isEmpty else { throw node.error("it joins integers and floating-point numbers") }
        return ONNXConstant(
            name: node.outputs.first ?? node.name, shape: shape,
            elements: sizes.isEmpty ? .numbers(join(numbers)) : .sizes(join(sizes)),
            errors: constants.contains { $0.errors != nil }
                ? join(constants.map { $0.errors ?? Array(repeating: 0, count: $0.count) }) : nil)
    }

    /// Bounds are attributes before opset 10 and inputs since.
    mutating func slice(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let (starts, ends, listed, steps): ([Int], [BatchSize], [Int]?, [Int]?)
        if node.opset < 10 {
            try node.expect(inputs: 1...1, attributes: "axes", "ends", "starts")
            starts = try node.integers("starts") ?? []
            ends = try (node.integers("ends") ?? []).map { BatchSize($0) }
            (listed, steps) = (try node.integers("axes"), nil)
        } else {
            try node.expect(inputs: 3...5)
            starts = try integers(constant(node, 1), node)
            ends = try sizes(constant(node, 2), node)
            listed = try optionalConstant(node, 3).map { axes throws(ONNXError) in try integers(axes, node) }
            steps = try optionalConstant(node, 4).map { steps throws(ONNXError) in try integers(steps, node) }
        }
        guard !starts.isEmpty, starts.count == ends.count, listed.map(\.count) ?? starts.count == starts.count,
            steps.map(\.count) ?? starts.count == starts.count, steps?.contains(0) != true
        else { throw node.error("its starts, ends, axes and steps do not go together") }
        func places(_ index: Int, of extent: Int) throws(ONNXError) -> StridedRange {
            guard let end = ends[index].known else { throw node.unsupported("its end depends on the batch size") }
            return StridedRange(start: starts[index], end: end, step: steps?[index] ?? 1, extent: extent)
        }

        switch try value(node, 0) {
        case .vertex(let x):
            let extents = shape(x)
            let axes = try axes(listed ?? Array(starts.indices), rank: extents.count + 1, node)
            var bounds = (start: extents.map { _ in 0 }, end: extents, step: extents.map { _ in 1 })
            for (index, axis) in axes.enumerated() {
                if axis == 0 {
                    let isWhole = ends[index] == .batch || ends[index].known.map { $0 >= declaredBatch ?? Int(Int32.max) } == true
                    guard starts[index] == 0, isWhole, steps?[index] ?? 1 == 1 else {
                        throw node.unsupported("""
                            it selects images of the batch
                            """)
                    }
                    continue
                }
                let range = try places(index, of: extents[axis - 1])
                guard range.count > 0 else { throw node.error("it selects nothing along axis \(axis)") }
                guard range.step > 0 else {
                    throw node.unsupported("""
                        a negative step is not supported; export the model without flips
                        """)
                }
                bounds.start[axis - 1] = range.start
                bounds.end[axis - 1] = min(extents[axis - 1], range.start + (range.count - 1) * range.step + 1)
                bounds.step[axis - 1] = range.step
            }
            let layer = Layer.slice(start: bounds.start, end: bounds.end, step: bounds.step)
            return .vertex(try append(layer, to: [x], node))
        case .constant(let constant):
            let axes = try axes(listed ?? Array(starts.indices), rank: constant.shape.count, node)
            var selections: [(axis: Int, range: StridedRange)] = []
            for (index, axis) in axes.enumerated() { selections.append((axis, try places(index, of: constant.shape[axis]))) }
            return .constant(
                try rearranged(constant, node) { positions in
                    selections.reduce(positions) { $0.selected($1.range.places, axis: $1.axis) }
                })
        }
    }

    mutating func gather(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "axis")
        let indices = try constant(node, 1)
        guard indices.shape.count <= 1 else {
            throw node.unsupported("""
                its indices have the shape \(indices.shape); only a number or a list is supported
                """)
        }
        let stated = try (node.integer("axis") ?? 0, integers(indices, node))
        func places(of extent: Int) throws(ONNXError) -> [Int] {
            var places: [Int] = []
            for place in stated.1 { places.append(try axis(place, rank: extent, node)) }
            return places
        }
        let isScalar = indices.shape.isEmpty

        switch try value(node, 0) {
        case .vertex(let x):
            let axis = try axis(stated.0, rank: shape(x).count + 1, node) - 1
            guard axis >= 0 else { throw node.unsupported("it selects images of the batch") }
            let places = try places(of: shape(x)[axis])
            guard places.count == 1 else {
                throw node.unsupported("""
                    it gathers several places of a value of the image; use Slice
                    """)
            }
            var (start, end) = (shape(x).map { _ in 0 }, shape(x))
            (start[axis], end[axis]) = (places[0], places[0] + 1)
            let slice = try append(.slice(start: start, end: end, step: start.map { _ in 1 }), to: [x], node)
            guard isScalar else { return .vertex(slice) }
            var remaining = shape(slice)
            remaining.remove(at: axis)
            return .vertex(try append(.reshape(to: remaining), to: [slice], node))
        case .constant(let constant):
            let axis = try axis(stated.0, rank: constant.shape.count, node)
            let places = try places(of: constant.shape[axis])
            return .constant(
                try rearranged(constant, copies: places.count, node) {
                    let selected = $0.selected(places, axis: axis)
                    var remaining = selected.shape
                    if isScalar { remaining.remove(at: axis) }
                    return selected.reshaped(to: remaining)
                })
        }
    }

    /// Pads and value are attributes before opset 11 and inputs since; axes an input since 18.
    mutating func pad(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let (pads, value, listed): ([Int], Float?, [Int]?)
        if node.opset < 11 {
            try node.expect(inputs: 1...1, attributes: "mode", "pads", "value")
            (pads, value, listed) = (try node.integers("pads") ?? [], try node.number("value"), nil)
        } else {
            try node.expect(inputs: node.opset < 18 ? 2...3 : 2...4, attributes: "mode")
            pads = try integers(constant(node, 1), node)
            value = try optionalConstant(node, 2).map { value throws(ONNXError) in try scalar(value, node) }
            listed = try optionalConstant(node, 3).map { axes throws(ONNXError) in try integers(axes, node) }
        }
        let x = try vertex(node)
        let mode = try node.text("mode") ?? "constant"
        guard mode == "constant" else {
            throw node.unsupported("""
                padding of mode \(quoted(mode)) is not supported; only constant padding is
                """)
        }
        guard value?.isFinite != false else { throw node.error("its value is not finite") }
        let rank = shape(x).count + 1
        let axes = try axes(listed ?? Array(0..<rank), rank: rank, node)
        guard pads.count == 2 * axes.count else { throw node.error("it has \(pads.count) pads for \(axes.count) axes") }
        guard pads.allSatisfy({ 0...Self.extentLimit ~= $0 }) else {
            throw node.unsupported("its pads \(pads) must lie between 0 and \(Self.extentLimit); use Slice to crop")
        }
        var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for (index, axis) in axes.enumerated() { (before[axis], after[axis]) = (pads[index], pads[axes.count + index]) }
        guard before[0] == 0, after[0] == 0 else { throw node.unsupported("it adds images to the batch") }
        let padded = zip(shape(x), zip(before, after).dropFirst()).map { $0 + $1.0 + $1.1 }
        guard padded.checkedElementCount ?? Int.max <= NetworkLimits.elementsPerLayer else {
            throw ONNXError(.tooLarge, at: node.place, "its result \(padded) is too large")
        }
        let layer = Layer.padding(before: Array(before.dropFirst()), after: Array(after.dropFirst()), value: value ?? 0)
        return .vertex(try append(layer, to: [x], node))
    }
}

/// Every `step`-th place from `start`, as Slice selects along an axis; a negative step goes backwards.
private struct StridedRange {
    let start: Int
    let step: Int
    let count: Int

    /// - Parameters:
    ///   - start: As in the file: negative ones count from the end, and what lies outside is moved to the edge.
    ///   - end: The same, itself not selected.
    ///   - step: Not 0.
    init(start: Int, end: Int, step: Int, extent: Int) {
        func place(_ stated: Int, _ edges: ClosedRange<Int>) -> Int {
            min(max(stated < 0 ? stated + extent : stated, edges.lowerBound), edges.upperBound)
        }
        // No axis is as long as this, and no sum with it overflows.
        self.step = min(max(step, -1 << 40), 1 << 40)
        let edges = step > 0 ? 0...extent : -1...max(-1, extent - 1)
        self.start = place(start, step > 0 ? edges : 0...max(0, extent - 1))
        let distance = step > 0 ? place(end, edges) - self.start : self.start - place(end, edges)
        count = extent == 0 ? 0 : max(0, (distance + abs(self.step) - 1) / abs(self.step))
    }

    var places: [Int] { (0..<count).map { start + $0 * step } }
}
