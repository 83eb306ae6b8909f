import SuretyTensors

/// Operators that select, join or surround elements.
extension ONNXGraph {
    mutating func concat(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...Int.max, attributes: "axis")
        guard let stated = try node.integer("axis") else { throw node.error("it has no axis") }
        var (vertices, constants): ([Int], [ONNXConstant]) = ([], [])
        var values: [ONNXValue] = []
        for index in node.inputs.indices {
            values.append(try value(node, index))
            if case .vertex(let vertex) = values[index], let first = vertices.first {
                values[index] = .vertex(try alike(vertex, first, node).0)
            }
            switch values[index] {
            case .vertex(let vertex): vertices.append(vertex)
            case .constant(let constant): constants.append(constant)
            }
        }
        guard let first = vertices.first else { return .constant(try joined(constants, axis: stated, node)) }
        let place = try axis(stated, rank: fileRank(of: first), node)
        let axis = try vertexAxis(place, of: first, node, "it joins values along the batch")
        guard vertices.allSatisfy({ batchPlace(of: $0) == batchPlace(of: first) }) else {
            throw node.unsupported("it joins values in which the batch lies in different axes")
        }
        if constants.isEmpty {
            let joined = try append(.concatenation(axis: axis), to: vertices, node)
            self.place(joined, at: batchPlace(of: first))
            return .vertex(joined)
        }
        guard batchPlace(of: first) == .first else { throw node.unsupported("the batch is not the first axis of its input") }
        return .vertex(try joined(values, axis: axis, node))
    }

    /// Values of the image and constants, such as the class token of a vision transformer, joined along an axis: zeros are
    /// padded where constants belong, and the constants are added there.
    private mutating func joined(_ values: [ONNXValue], axis: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        var extents: [Int]?
        for case .vertex(let vertex) in values { extents = shape(vertex) }
        guard let extents else { throw node.error("it joins nothing") }
        var places: [Int] = []
        for value in values {
            let shape =
                switch value {
                case .vertex(let vertex): shape(vertex)
                case .constant(let constant):
                    constant.shape.count == extents.count + 1 && constant.shape[0] == 1 ? Array(constant.shape.dropFirst()) : []
                }
            guard shape.count == extents.count, shape.indices.allSatisfy({ $0 == axis || shape[$0] == extents[$0] }) else {
                throw node.unsupported("it joins values of \(extents) per image to one that does not fit, or differs in the batch")
            }
            places.append(shape[axis])
        }
        let total = places.reduce(0, +)
        var result: Int?
        var start = 0
        for (value, extent) in zip(values, places) {
            defer { start += extent }
            guard case .vertex(let vertex) = value else { continue }
            var (before, after) = (extents.map { _ in 0 }, extents.map { _ in 0 })
            (before[axis], after[axis]) = (start, total - start - extent)
            let padded = try append(.padding(before: before, after: after, value: 0), to: [vertex], node)
            result = try result.map { sum throws(ONNXError) in try append(.arithmetic(.add), to: [sum, padded], node) } ?? padded
        }
        guard var result else { throw node.error("it joins nothing") }
        start = 0
        for (value, extent) in zip(values, places) {
            defer { start += extent }
            guard case .constant(let constant) = value else { continue }
            var shape = extents
            shape[axis] = extent
            let name = try parameter(constant, form: "padded \(axis) \(start) \(total)", node) { [start] tensor throws(ONNXError) in
                let inner = shape[(axis + 1)...].reduce(1, *)
                var values: [Float] = []
                for outer in 0..<shape[..<axis].reduce(1, *) {
                    values += Array(repeating: 0, count: start * inner)
                    values += tensor.values[outer * extent * inner..<(outer + 1) * extent * inner]
                    values += Array(repeating: 0, count: (total - start - extent) * inner)
                }
                shape[axis] = total
                return Tensor(shape: shape, values: values)
            }
            result = try append(.arithmeticWithParameter(.add, operand: name, side: .right), to: [result], node)
        }
        return result
    }

    private mutating func joined(_ constants: [ONNXConstant], axis stated: Int, _ node: ONNXNode) throws(ONNXError) -> ONNXConstant {
        guard !constants.contains(where: \.isPerImage) else {
            throw node.unsupported("it joins constants that are repeated over the batch")
        }
        var shape = constants[0].shape
        let axis = try axis(stated, rank: shape.count, node)
        func others(_ shape: [Int]) -> [Int] { shape.indices.filter { $0 != axis }.map { shape[$0] } }
        guard constants.allSatisfy({ $0.shape.count == shape.count && others($0.shape) == others(shape) }) else {
            throw node.error("it joins constants of the shapes \(constants.prefix(10).map(\.shape)) along axis \(axis)")
        }
        // Every part is in the file or was accounted for, so the sum is far from overflowing.
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

    /// Bounds are attributes before opset 10, and inputs since then.
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
            let axes = try axes(listed ?? Array(starts.indices), rank: fileRank(of: x), node)
            var bounds = (start: extents.map { _ in 0 }, end: extents, step: extents.map { _ in 1 })
            var backward: [(axis: Int, places: [Int])] = []
            for (index, stated) in axes.enumerated() {
                if fileAxes(of: x)[stated].batchAfter != nil {
                    let isWhole = ends[index] == .batch || ends[index].known.map { $0 >= declaredBatch ?? Int(Int32.max) } == true
                    guard starts[index] == 0, isWhole, steps?[index] ?? 1 == 1 else {
                        throw node.unsupported("""
                            it selects images of the batch
                            """)
                    }
                    continue
                }
                let axis = try vertexAxis(stated, of: x, node, "it selects images of the batch")
                let range = try places(index, of: extents[axis])
                guard range.count > 0 else { throw node.error("it selects nothing along axis \(stated)") }
                guard range.step > 0 else {
                    backward.append((axis, range.places))
                    continue
                }
                bounds.start[axis] = range.start
                bounds.end[axis] = min(extents[axis], range.start + (range.count - 1) * range.step + 1)
                bounds.step[axis] = range.step
            }
            let layer = Layer.slice(start: bounds.start, end: bounds.end, step: bounds.step)
            var result = try append(layer, to: [x], node)
            for it in backward { result = try append(.selection(axis: it.axis, places: it.places), to: [result], node) }
            place(result, at: batchPlace(of: x))
            return .vertex(result)
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
        guard case .sizes(let sizes) = indices.elements, indices.shape.count <= NetworkLimits.axes else {
            throw node.error("\(quoted(indices.name)) is not a tensor of integers")
        }
        let stated = sizes.compactMap(\.known)
        guard stated.count == sizes.count else { throw node.unsupported("\(quoted(indices.name)) depends on the batch size") }
        func places(of extent: Int) throws(ONNXError) -> [Int] {
            var places: [Int] = []
            for place in stated { places.append(try axis(place, rank: extent, node)) }
            return places
        }
        let statedAxis = try node.integer("axis") ?? 0

        switch try value(node, 0) {
        case .vertex(let x):
            let place = try axis(statedAxis, rank: fileRank(of: x), node)
            let axis = try vertexAxis(place, of: x, node, "it selects images of the batch")
            let places = try places(of: shape(x)[axis])
            try spend([places.count], node)
            guard let first = places.first else { throw node.error("it gathers nothing") }
            let selected: Int
            if places == Array(first..<first + places.count) {
                var (start, end) = (shape(x).map { _ in 0 }, shape(x))
                (start[axis], end[axis]) = (first, first + places.count)
                selected = try append(.slice(start: start, end: end, step: start.map { _ in 1 }), to: [x], node)
            } else {
                selected = try append(.selection(axis: axis, places: places), to: [x], node)
            }
            self.place(selected, at: batchPlace(of: x))
            if indices.shape.count == 1 { return .vertex(selected) }
            var axes = fileAxes(of: selected)
            axes.replaceSubrange(place...place, with: indices.shape.map { ONNXAxis(extents: [$0]) })
            return .vertex(try reshaped(selected, to: axes, node))
        case .constant(let constant):
            let axis = try axis(statedAxis, rank: constant.shape.count, node)
            let places = try places(of: constant.shape[axis])
            return .constant(
                try rearranged(constant, copies: places.count, node) {
                    let selected = $0.selected(places, axis: axis)
                    var extents = selected.shape
                    extents.replaceSubrange(axis...axis, with: indices.shape)
                    return selected.reshaped(to: extents)
                })
        }
    }

    /// Elements of a constant replaced at places of another: how PyTorch writes an assignment to a slice, as in the masks of
    /// shifted windows.
    mutating func scatter(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 3...3, attributes: "reduction")
        guard try node.text("reduction") ?? "none" == "none" else { throw node.unsupported("reductions are not supported") }
        for index in [0, 2] {
            guard case .constant = try value(node, index) else {
                throw node.unsupported("""
                    assignments to parts of a value of the image are not supported; join parts with torch.cat instead
                    """)
            }
        }
        let (data, indices, updates) = (try constant(node, 0), try constant(node, 1), try constant(node, 2))
        guard case .sizes(let sizes) = indices.elements, let depth = indices.shape.last, 1...max(1, data.shape.count) ~= depth,
            updates.shape == indices.shape.dropLast() + data.shape.dropFirst(depth)
        else { throw node.error("its places \(indices.shape) and elements \(updates.shape) do not fit \(data.shape)") }
        let size = data.shape.dropFirst(depth).reduce(1, *)
        var starts: [Int] = []
        for row in 0..<sizes.count / depth {
            var start = 0
            for place in 0..<depth {
                guard let stated = sizes[row * depth + place].known else {
                    throw node.unsupported("its places depend on the batch size")
                }
                start = start * data.shape[place] + (try axis(stated, rank: data.shape[place], node))
            }
            starts.append(start * size)
        }
        try spend(data.shape, node)
        func replaced<Element>(_ old: [Element], _ new: [Element]) -> [Element] {
            var result = old
            for (row, start) in starts.enumerated() {
                for element in 0..<size { result[start + element] = new[row * size + element] }
            }
            return result
        }
        let elements: ONNXConstant.Elements
        switch (data.elements, updates.elements) {
        case (.numbers(let old), .numbers(let new)): elements = .numbers(replaced(old, new))
        case (.sizes(let old), .sizes(let new)): elements = .sizes(replaced(old, new))
        case (.numbers, .sizes), (.sizes, .numbers): throw node.error("it mixes integers and floating-point numbers")
        }
        func errors(_ constant: ONNXConstant) -> [Float] { constant.errors ?? Array(repeating: 0, count: constant.count) }
        return .constant(
            ONNXConstant(
                name: node.outputs.first ?? node.name, shape: data.shape, elements: elements,
                errors: data.errors == nil && updates.errors == nil ? nil : replaced(errors(data), errors(updates))))
    }

    /// Pads and value are attributes before opset 11, and inputs since then; axes are an input since opset 18.
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
        guard ["constant", "reflect", "edge", "wrap"].contains(mode) else { throw node.error("its mode is \(quoted(mode))") }
        guard value?.isFinite != false else { throw node.error("its value is not finite") }
        let rank = shape(x).count + 1
        let axes = try axes(listed ?? Array(0..<rank), rank: rank, node)
        guard pads.count == 2 * axes.count else { throw node.error("it has \(pads.count) pads for \(axes.count) axes") }
        guard pads.allSatisfy({ -Self.extentLimit...Self.extentLimit ~= $0 }) else {
            throw node.unsupported("its pads \(pads) must lie between ±\(Self.extentLimit)")
        }
        var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for (index, axis) in axes.enumerated() { (before[axis], after[axis]) = (pads[index], pads[axes.count + index]) }
        guard before[0] == 0, after[0] == 0 else { throw node.unsupported("it adds images to the batch") }
        (before, after) = (Array(before.dropFirst()), Array(after.dropFirst()))
        if mode == "constant" { return .vertex(try padded(x, before: before, after: after, with: value ?? 0, node)) }
        var result = x
        for axis in before.indices where before[axis] != 0 || after[axis] != 0 {
            let extent = shape(result)[axis]
            guard extent + before[axis] + after[axis] > 0 else { throw node.error("it leaves nothing of axis \(axis + 1)") }
            let places = (-before[axis]..<extent + after[axis]).map { place in
                switch mode {
                case "reflect": extent == 1 ? 0 : Self.reflected(place, extent)
                case "wrap": (place % extent + extent) % extent
                default: min(max(place, 0), extent - 1)
                }
            }
            result = try append(.selection(axis: axis, places: places), to: [result], node)
        }
        return .vertex(result)
    }

    /// The place within 0..<extent that a place outside it mirrors; the edges are not repeated.
    private static func reflected(_ place: Int, _ extent: Int) -> Int {
        let period = 2 * (extent - 1)
        let within = (place % period + period) % period
        return min(within, period - within)
    }

    /// A value padded with a number where the pads are positive, and cropped where they are negative.
    mutating func padded(
        _ x: Int, before: [Int], after: [Int], with value: Float = 0, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        var result = x
        if (before + after).contains(where: { $0 < 0 }) {
            let start = before.map { max(0, -$0) }
            let end = shape(x).indices.map { shape(x)[$0] - max(0, -after[$0]) }
            guard zip(start, end).allSatisfy({ $0 < $1 }) else { throw node.error("it leaves nothing of \(shape(x))") }
            result = try append(.slice(start: start, end: end, step: start.map { _ in 1 }), to: [x], node)
        }
        let (before, after) = (before.map { max(0, $0) }, after.map { max(0, $0) })
        let extents = zip(shape(result), zip(before, after)).map { $0 + $1.0 + $1.1 }
        guard extents.checkedElementCount ?? Int.max <= NetworkLimits.elementsPerLayer else {
            throw ONNXError(.tooLarge, at: node.place, "its result \(extents) is too large")
        }
        return try append(.padding(before: before, after: after, value: value), to: [result], node)
    }
}

/// Every `step`-th place from `start`, as Slice selects along an axis; a negative step goes backwards.
private struct StridedRange {
    let start: Int
    let step: Int
    let count: Int

    /// - Parameters:
    ///   - start: As in the file: negative places count from the end, and places outside are moved to the edge.
    ///   - end: The same; this place itself is not selected.
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
