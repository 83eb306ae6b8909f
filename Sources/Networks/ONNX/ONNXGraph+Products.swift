import SuretyTensors

/// Matrix products of a value of the network with a constant, or with another.
extension ONNXGraph {
    /// alpha · A B + beta · C, with A the value and B, C constants.
    mutating func gemm(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "alpha", "beta", "transA", "transB")
        let x = try arrangedVertex(node)
        let matrix = try constant(node, 1)
        let alpha = try node.number("alpha") ?? 1
        let beta = try node.number("beta") ?? 1
        guard try !node.flag("transA") else {
            throw node.unsupported("transA would make the batch a matrix column; export the model with the batch first")
        }
        guard fileRank(of: x) == 2, matrix.shape.count == 2, fileAxes(of: x)[1].batchAfter == nil else {
            throw node.error("""
                it multiplies matrices, and its inputs have the shapes \(shape(x)) per image and \(matrix.shape); \
                flatten the image first
                """)
        }
        let isTransposed = try node.flag("transB")
        let weights = try self.weights(matrix, isTransposed: isTransposed, factor: alpha, node)
        let outputs = matrix.shape[isTransposed ? 0 : 1]
        let bias = try optionalConstant(node, 2).map { constant throws(ONNXError) in
            try self.bias(constant, outputs: outputs, factor: beta, node)
        }
        let product = try append(.dense(weights: weights, bias: bias), to: [x], node)
        place(product, at: batchPlace(of: x))
        return .vertex(product)
    }

    mutating func matrixProduct(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        switch (try value(node, 0), try value(node, 1)) {
        case (.vertex(let x), .constant(let matrix)): return .vertex(try product(x, matrix, node))
        case (.constant(let matrix), .vertex(let x)): return .vertex(try product(matrix, x, node))
        case (.vertex(let x), .vertex(let y)): return .vertex(try product(x, y, node))
        case (.constant(let a), .constant(let b)):
            guard a.shape.count == b.shape.count, a.shape.count >= 2, !a.isPerImage, !b.isPerImage else {
                throw node.unsupported("""
                    it multiplies constants of the shapes \(a.shape) and \(b.shape); fold constants when exporting the model
                    """)
            }
            return try apply(.matrixProduct, to: .constant(a), .constant(b), node: node)
        }
    }

    /// A matrix [outputs, extent] times a value's elements along an axis.
    mutating func product(of matrix: ONNXConstant, along axis: Int, _ x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        let name = try parameter(matrix, node)
        let last = shape(x).count - 1
        var order = Array(shape(x).indices)
        order.swapAt(axis, last)
        let moved = axis == last ? x : try append(.transpose(permutation: order), to: [x], node)
        let product = try append(.dense(weights: name, bias: nil), to: [moved], node)
        return axis == last ? product : try append(.transpose(permutation: order), to: [product], node)
    }

    /// The product of two values along their last two axes, with earlier axes repeated if they have extent 1.
    private mutating func product(_ first: Int, _ second: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        let (x, y) = try alike(first, second, node)
        let axes = fileAxes(of: x)
        guard axes.count == fileRank(of: y), batchPlace(of: x) == batchPlace(of: y), shape(x).count == shape(y).count, axes.count >= 2,
            axes.suffix(2).allSatisfy({ $0.batchAfter == nil })
        else {
            throw node.unsupported("a product of \(shape(x)) with \(shape(y)) per image would mix the batch")
        }
        guard let target = broadcastShape(shape(x).dropLast(2), shape(y).dropLast(2)) else {
            throw node.error("matrices of the shapes \(shape(x)) and \(shape(y)) do not go together")
        }
        var operands = [x, y]
        for place in operands.indices {
            for (axis, extent) in target.enumerated() where shape(operands[place])[axis] != extent {
                let places = Array(repeating: 0, count: extent)
                operands[place] = try append(.selection(axis: axis, places: places), to: [operands[place]], node)
            }
        }
        let product = try append(.matrixProduct, to: operands, node)
        place(product, at: batchPlace(of: x))
        return product
    }

    /// x M along the last axis of x.
    private mutating func product(_ x: Int, _ matrix: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> Int {
        guard !shape(x).isEmpty else { throw node.error("its first input has no axis except the batch") }
        if matrix.shape.count == 1 {
            guard batchPlace(of: x) == .first else { throw node.unsupported("the batch is not the first axis of its input") }
            let row = try parameter(matrix, form: "row", node) { tensor throws(ONNXError) in
                tensor.reshaped(to: [1] + tensor.shape)
            }
            let column = try append(.dense(weights: row, bias: nil), to: [x], node)
            return try append(.reshape(to: Array(shape(column).dropLast())), to: [column], node)
        }
        let axes = matrix.shape.dropLast(2)
        guard matrix.shape.count >= 2, axes.allSatisfy({ $0 == 1 }), axes.count < shape(x).count else {
            throw node.unsupported("a constant of shape \(matrix.shape) is not a single matrix; split the product")
        }
        guard fileAxes(of: x).last?.batchAfter == nil else { throw node.unsupported("it multiplies along the batch") }
        let product = try append(.dense(weights: weights(matrix, isTransposed: false, node), bias: nil), to: [x], node)
        place(product, at: batchPlace(of: x))
        return product
    }

    /// M x for the columns of x.
    private mutating func product(_ matrix: ONNXConstant, _ x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        guard matrix.shape.count == 2, shape(x).count >= 2, batchPlace(of: x) == .first else {
            throw node.unsupported("""
                a product of \(matrix.shape) with \(shape(x)) per image would mix the batch; export the model with \
                the batch first and the constant second
                """)
        }
        var order = Array(shape(x).indices)
        order.swapAt(order.count - 1, order.count - 2)
        let rows = try append(.transpose(permutation: order), to: [x], node)
        let weights = try self.weights(matrix, isTransposed: true, node)
        let product = try append(.dense(weights: weights, bias: nil), to: [rows], node)
        return try append(.transpose(permutation: order), to: [product], node)
    }

    /// A sum of products of two values' elements, given by a letter for each axis: "bchw,kchw->bk".
    mutating func einsum(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2, attributes: "equation")
        let equation = (try node.text("equation") ?? "").filter { $0 != " " }
        let sides = equation.split(separator: "->", omittingEmptySubsequences: false)
        let letters = sides[0].split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
        guard sides.count == 2, letters.count == 2, (letters + [Array(sides[1])]).allSatisfy({ Set($0).count == $0.count }),
            (letters.joined() + sides[1]).allSatisfy(\.isLetter)
        else { throw node.unsupported("the equation \(quoted(equation)) is not a product of two operands without repeated letters") }
        let result = Array(sides[1])
        var left = Operand(value: try value(node, 0), letters: letters[0])
        var right = Operand(value: try value(node, 1), letters: letters[1])
        if case .constant = left.value { swap(&left, &right) }
        for case .vertex(let vertex) in [left.value, right.value] where batchPlace(of: vertex) != .first {
            throw node.unsupported("the batch is not the first axis of its input")
        }
        guard case .vertex(let x) = left.value, let batch = left.letters.first, result.first == batch,
            left.letters.count == shape(x).count + 1
        else { throw node.unsupported("the equation \(quoted(equation)) moves the batch, or has no value of the image") }
        let own = Array(left.letters.dropFirst())
        switch right.value {
        case .constant(let constant):
            guard !right.letters.contains(batch), right.letters.count == constant.shape.count else {
                throw node.unsupported("the equation \(quoted(equation)) does not fit its operands")
            }
            let summed = own.filter { right.letters.contains($0) && !result.contains($0) }
            let (kept, new) = (own.filter { !summed.contains($0) }, right.letters.filter { !summed.contains($0) })
            guard Set(kept).isDisjoint(with: new), Set(kept + new) == Set(result.dropFirst()) else {
                throw node.unsupported("the equation \(quoted(equation)) is not a matrix product")
            }
            let rows = try arranged(x, own, as: kept, summed, node)
            let order = (new + summed).map { letter in right.letters.firstIndex(of: letter) ?? 0 }
            let matrix = try rearranged(constant, node) {
                $0.transposed(order).reshaped(to: [
                    new.map { letter in constant.shape[right.letters.firstIndex(of: letter) ?? 0] }.reduce(1, *),
                    summed.map { letter in constant.shape[right.letters.firstIndex(of: letter) ?? 0] }.reduce(1, *),
                ])
            }
            let name = try parameter(matrix, form: "einsum \(equation)", node)
            let product = try append(.dense(weights: name, bias: nil), to: [rows], node)
            let extents = kept.map { shape(x)[own.firstIndex(of: $0) ?? 0] }
                + new.map { constant.shape[right.letters.firstIndex(of: $0) ?? 0] }
            return try arranged(product, extents, kept + new, as: Array(result.dropFirst()), node)
        case .vertex(let y):
            guard right.letters.first == batch, right.letters.count == shape(y).count + 1 else {
                throw node.unsupported("the equation \(quoted(equation)) moves the batch")
            }
            let other = Array(right.letters.dropFirst())
            let shared = own.filter { other.contains($0) && result.contains($0) }
            let summed = own.filter { other.contains($0) && !result.contains($0) }
            let (rows, columns) = (own.filter { !other.contains($0) }, other.filter { !own.contains($0) })
            guard Set(shared + rows + columns) == Set(result.dropFirst()) else {
                throw node.unsupported("the equation \(quoted(equation)) is not a matrix product")
            }
            func extents(_ letters: [Character]) -> [Int] {
                letters.map { letter in
                    own.firstIndex(of: letter).map { shape(x)[$0] } ?? shape(y)[other.firstIndex(of: letter) ?? 0]
                }
            }
            func matrices(_ vertex: Int, _ letters: [Character], _ order: [[Character]]) throws(ONNXError) -> Int {
                let moved = try transposed(vertex, letters, to: Array(order.joined()), node)
                return try append(.reshape(to: order.map { extents($0).elementCount }), to: [moved], node)
            }
            let left = try matrices(x, own, [shared, rows, summed])
            let right = try matrices(y, other, [shared, summed, columns])
            let product = try append(.matrixProduct, to: [left, right], node)
            return try arranged(product, extents(shared + rows + columns), shared + rows + columns, as: Array(result.dropFirst()), node)
        }
    }

    private struct Operand {
        let value: ONNXValue
        let letters: [Character]
    }

    /// A value with its axes in another order.
    private mutating func transposed(
        _ x: Int, _ letters: [Character], to order: [Character], _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        if letters == order { return x }
        return try append(.transpose(permutation: order.map { letters.firstIndex(of: $0) ?? 0 }), to: [x], node)
    }

    /// Rows over the `kept` axes, each with all elements along the `summed` axes.
    private mutating func arranged(
        _ x: Int, _ letters: [Character], as kept: [Character], _ summed: [Character], _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        func count(_ some: [Character]) -> Int { some.map { shape(x)[letters.firstIndex(of: $0) ?? 0] }.reduce(1, *) }
        let moved = try transposed(x, letters, to: kept + summed, node)
        return try append(.reshape(to: [count(kept), count(summed)]), to: [moved], node)
    }

    /// A product with its axes restored, in the order wanted.
    private mutating func arranged(
        _ product: Int, _ extents: [Int], _ letters: [Character], as order: [Character], _ node: ONNXNode
    ) throws(ONNXError) -> ONNXValue {
        let apart = try append(.reshape(to: extents), to: [product], node)
        return .vertex(try transposed(apart, letters, to: order, node))
    }

    /// The parameter [outputs, inputs] of a matrix that is stored this way if `isTransposed`, otherwise the other way round.
    private mutating func weights(
        _ matrix: ONNXConstant, isTransposed: Bool, factor: Float = 1, _ node: ONNXNode
    ) throws(ONNXError) -> String {
        let isAsStored = isTransposed && factor == 1 && matrix.shape.count == 2
        let form = isAsStored ? "" : "weights \(isTransposed) \(factor)"
        return try parameter(matrix, form: form, isRounded: factor != 1, node) { tensor throws(ONNXError) in
            if isAsStored { return tensor }
            let (rows, columns) = (tensor.shape[tensor.shape.count - 2], tensor.shape[tensor.shape.count - 1])
            let values = tensor.values
            if isTransposed { return Tensor(shape: [rows, columns], values: values.map { factor * $0 }) }
            var transposed = [Float](repeating: 0, count: values.count)
            for row in 0..<rows {
                for column in 0..<columns { transposed[column * rows + row] = factor * values[row * columns + column] }
            }
            return Tensor(shape: [columns, rows], values: transposed)
        }
    }

    /// The parameter [outputs] of a bias that may be a scalar or carry axes of extent 1.
    private mutating func bias(
        _ constant: ONNXConstant, outputs: Int, factor: Float, _ node: ONNXNode
    ) throws(ONNXError) -> String {
        guard constant.shape.count <= 2, constant.count == 1 || constant.count == outputs && constant.shape.last == outputs else {
            throw node.error("its bias \(quoted(constant.name)) of shape \(constant.shape) does not fit \(outputs) outputs")
        }
        let isAsStored = constant.shape == [outputs] && factor == 1
        let form = isAsStored ? "" : "bias \(outputs) \(factor)"
        return try parameter(constant, form: form, isRounded: factor != 1, node) { tensor throws(ONNXError) in
            if isAsStored { return tensor }
            let values = tensor.values.count == outputs ? tensor.values : Array(repeating: tensor.values[0], count: outputs)
            return Tensor(shape: [outputs], values: values.map { factor * $0 })
        }
    }
}
