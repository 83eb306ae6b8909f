import SuretyGraphs
import SuretyTensors

/// Operators that make one number of many, or choose among values.
extension ONNXGraph {
    /// What a reduction computes from the elements along its axes.
    enum Reduction {
        case mean, sum, maximum, minimum, sumOfSquares, sumOfMagnitudes, rootOfSquares
    }

    /// Axes are an attribute before opset 18 (of sums, before 13) and an input since; none means all.
    mutating func reduce(_ reduction: Reduction, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        let listed: [Int]?
        if node.opset < (reduction == .sum ? 13 : 18) {
            try node.expect(inputs: 1...1, attributes: "axes", "keepdims")
            listed = try node.integers("axes")
        } else {
            try node.expect(inputs: 1...2, attributes: "keepdims", "noop_with_empty_axes")
            listed = try optionalConstant(node, 1).map { axes throws(ONNXError) in try integers(axes, node) }
        }
        let x = try value(node, 0)
        let keepsDimensions = try node.integer("keepdims") ?? 1 != 0
        let isEmpty = listed ?? [] == []
        if isEmpty, try node.flag("noop_with_empty_axes") { return x }
        switch x {
        case .vertex(let vertex):
            let stated = try axes(listed ?? [], rank: fileRank(of: vertex), node)
            let mixing = "a reduction over the batch mixes images; name the axes, without 0"
            guard !stated.isEmpty else { throw node.unsupported(mixing) }
            var axes: [Int] = []
            for axis in stated { axes.append(try vertexAxis(axis, of: vertex, node, mixing)) }
            let result = try reduce(reduction, x, axes: axes, keepsDimensions: keepsDimensions, node)
            if case .vertex(let reduced) = result {
                let all = fileAxes(of: vertex)
                place(reduced, as: keepsDimensions
                    ? all.indices.map { stated.contains($0) ? ONNXAxis(extents: [1]) : all[$0] }
                    : all.indices.filter { !stated.contains($0) }.map { all[$0] })
            }
            return result
        case .constant(let constant):
            guard !constant.isPerImage else { throw node.unsupported("it reduces a constant that is repeated over the batch") }
            let axes = isEmpty ? Array(constant.shape.indices) : try axes(listed ?? [], rank: constant.shape.count, node)
            return try reduce(reduction, x, axes: axes, keepsDimensions: keepsDimensions, node)
        }
    }

    /// - Parameter axes: Counted without the batch.
    mutating func reduce(
        _ reduction: Reduction, _ x: ONNXValue, axes: [Int], keepsDimensions: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        let extents = extents(of: x)
        let count = axes.map { extents[$0] }.reduce(1, *)
        switch reduction {
        case .mean: return try apply(.mean(axes: axes, keepsDimensions: keepsDimensions), to: x, node: node)
        case .sum:
            let mean = try reduce(.mean, x, axes: axes, keepsDimensions: keepsDimensions, node)
            return try arithmetic(.multiply, mean, Float(count), node)
        case .sumOfSquares:
            return try reduce(.sum, arithmetic(.multiply, x, x, node), axes: axes, keepsDimensions: keepsDimensions, node)
        case .sumOfMagnitudes:
            let magnitude = try apply(.leakyRelu(slope: -1), to: x, node: node)
            return try reduce(.sum, magnitude, axes: axes, keepsDimensions: keepsDimensions, node)
        case .rootOfSquares:
            let sum = try reduce(.sumOfSquares, x, axes: axes, keepsDimensions: keepsDimensions, node)
            return try apply(.function(.squareRoot), to: sum, node: node)
        case .minimum:
            let greatest = try reduce(
                .maximum, arithmetic(.multiply, x, -1, node), axes: axes, keepsDimensions: keepsDimensions, node)
            return try arithmetic(.multiply, greatest, -1, node)
        case .maximum:
            // Puts those axes last, and uses a window as wide as they are.
            let kept = extents.indices.filter { !axes.contains($0) }
            var result = x
            if kept + axes != Array(extents.indices) {
                result = try apply(.transpose(permutation: kept + axes), to: x, node: node)
            }
            let rows = kept.map { extents[$0] }
            result = try apply(.reshape(to: [1, rows.elementCount, count]), to: result, node: node)
            result = try apply(.maximumPool(Window(size: [1, count], strides: [1, 1])), to: result, node: node)
            let shape = keepsDimensions ? extents.indices.map { axes.contains($0) ? 1 : extents[$0] } : rows
            return try apply(.reshape(to: shape), to: result, node: node)
        }
    }

    /// The sums of all elements up to each along an axis, as a product with a matrix of ones and zeros.
    mutating func cumulativeSum(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "exclusive", "reverse")
        let x = try vertex(node)
        guard let stated = try integers(constant(node, 1), node).first else { throw node.error("it names no axis") }
        let axis = try vertexAxis(axis(stated, rank: fileRank(of: x), node), of: x, node, "it sums over the batch")
        let extent = shape(x)[axis]
        let (isExclusive, isReversed) = (try node.flag("exclusive"), try node.flag("reverse"))
        try spend([extent, extent], node)
        var weights = [Float](repeating: 0, count: extent * extent)
        for row in 0..<extent {
            for column in 0..<extent {
                let (first, second) = isReversed ? (row, column) : (column, row)
                if first < second || first == second && !isExclusive { weights[row * extent + column] = 1 }
            }
        }
        let matrix = ONNXConstant(
            own: "sums of \(extent)\(isExclusive ? " exclusive" : "")\(isReversed ? " reversed" : "")", shape: [extent, extent],
            numbers: weights)
        return .vertex(try product(of: matrix, along: axis, x, node))
    }

    /// The product of integers, as used in chains that compute shapes.
    mutating func productOfSizes(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        guard case .constant(let constant) = try value(node, 0), case .sizes(let sizes) = constant.elements, constant.shape.count == 1
        else { throw node.unsupported("products over axes are supported only for integers") }
        var product = BatchSize(1)
        for size in sizes {
            guard let next = BatchSize.combine(.multiply, product, size) else { throw node.unsupported("it multiplies batch sizes") }
            product = next
        }
        let shape = try node.integer("keepdims") ?? 1 == 0 ? [] : [1]
        return .constant(ONNXConstant(name: node.outputs.first ?? node.name, shape: shape, elements: .sizes([product])))
    }

    /// The remainders of integers, with the divisor's sign.
    mutating func remainder(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "fmod")
        let (numbers, divisors) = (try constant(node, 0), try integers(constant(node, 1), node))
        guard try !node.flag("fmod"), divisors.count == 1, let divisor = divisors.first, 1..<1 << 31 ~= divisor else {
            throw node.unsupported("remainders are supported only for integers, divided by a positive one")
        }
        let remainders = try integers(numbers, node).map { BatchSize(($0 % divisor + divisor) % divisor) }
        return .constant(
            ONNXConstant(name: node.outputs.first ?? node.name, shape: numbers.shape, elements: .sizes(remainders)))
    }

    /// Over all positions of each channel.
    mutating func globalPool(_ reduction: Reduction, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let x = try vertex(node)
        guard shape(x).count >= 2 else { throw node.error("its input \(shape(x)) has no spatial axes") }
        return try reduce(
            reduction, .vertex(x), axes: Array(shape(x).indices.dropFirst()), keepsDimensions: true, node)
    }

    /// Max or Min of any number of values.
    mutating func extremum(_ reduction: Reduction, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...Int.max)
        var result = try value(node, 0)
        for index in node.inputs.indices.dropFirst() {
            result = try larger(result, value(node, index), isMinimum: reduction == .minimum, node)
        }
        return result
    }

    private mutating func larger(
        _ a: ONNXValue, _ b: ONNXValue, isMinimum: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        // A constant number acts as a limit.
        for (value, limit) in [(a, b), (b, a)] {
            if case .vertex(let x) = value, case .constant(let constant) = limit, constant.count == 1 {
                let bound = try scalar(constant, node)
                return .vertex(try append(.clip(isMinimum ? -.infinity...bound : bound...(.infinity)), to: [x], node))
            }
        }
        guard case .vertex(let x) = a, case .vertex(let y) = b, shape(x) == shape(y) else {
            throw node.unsupported("it compares values that differ in shape, or with a constant that is not one number")
        }
        // Side by side, with a window of width two.
        let count = shape(x).elementCount
        var pair: [Int] = []
        for vertex in [x, y] {
            var column = ONNXValue.vertex(try append(.reshape(to: [1, count, 1]), to: [vertex], node))
            if isMinimum { column = try arithmetic(.multiply, column, -1, node) }
            if case .vertex(let vertex) = column { pair.append(vertex) }
        }
        let beside = try append(.concatenation(axis: 2), to: pair, node)
        var result = try apply(.maximumPool(Window(size: [1, 2], strides: [1, 1])), to: .vertex(beside), node: node)
        if isMinimum { result = try arithmetic(.multiply, result, -1, node) }
        return try apply(.reshape(to: shape(x)), to: result, node: node)
    }

    /// Sum or Mean of any number of values.
    mutating func combination(isMean: Bool, _ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...Int.max)
        var result = try value(node, 0)
        for index in node.inputs.indices.dropFirst() { result = try arithmetic(.add, result, value(node, index), node) }
        return isMean ? try arithmetic(.divide, result, Float(node.inputs.count), node) : result
    }

    /// The shape of a value without the batch.
    func extents(of value: ONNXValue) -> [Int] {
        switch value {
        case .vertex(let vertex): shape(vertex)
        case .constant(let constant): constant.shapePerImage
        }
    }
}
