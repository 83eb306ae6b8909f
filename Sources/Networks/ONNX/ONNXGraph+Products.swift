import SuretyTensors

/// Matrix products of a value of the network with a constant.
extension ONNXGraph {
    /// alpha · A B + beta · C, with A the value and B, C constants.
    mutating func gemm(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "alpha", "beta", "transA", "transB")
        let x = try vertex(node)
        let matrix = try constant(node, 1)
        let alpha = try node.number("alpha") ?? 1
        let beta = try node.number("beta") ?? 1
        guard try !node.flag("transA") else {
            throw node.unsupported("transA would make the batch a matrix column; export the model with the batch first")
        }
        guard shape(x).count == 1, matrix.shape.count == 2 else {
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
        return .vertex(try append(.dense(weights: weights, bias: bias), to: [x], node))
    }

    mutating func matrixProduct(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...2)
        switch (try value(node, 0), try value(node, 1)) {
        case (.vertex(let x), .constant(let matrix)): return .vertex(try product(x, matrix, node))
        case (.constant(let matrix), .vertex(let x)): return .vertex(try product(matrix, x, node))
        case (.vertex, .vertex): throw node.unsupported("""
            products of two values that both depend on the image, as in attention, are not supported
            """)
        case (.constant, .constant): throw node.unsupported("""
            it multiplies two constants; fold constants when exporting the model
            """)
        }
    }

    /// x M along the last axis of x.
    private mutating func product(_ x: Int, _ matrix: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> Int {
        guard !shape(x).isEmpty else { throw node.error("its first input has no axis but the batch") }
        if matrix.shape.count == 1 {
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
        return try append(.dense(weights: weights(matrix, isTransposed: false, node), bias: nil), to: [x], node)
    }

    /// M x for the columns of x.
    private mutating func product(_ matrix: ONNXConstant, _ x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        guard matrix.shape.count == 2, shape(x).count == 2 else {
            throw node.unsupported("""
                a product of \(matrix.shape) with \(shape(x)) per image would mix the batch; export the model with \
                the batch first and the constant second
                """)
        }
        let rows = try append(.transpose(permutation: [1, 0]), to: [x], node)
        let weights = try self.weights(matrix, isTransposed: true, node)
        let product = try append(.dense(weights: weights, bias: nil), to: [rows], node)
        return try append(.transpose(permutation: [1, 0]), to: [product], node)
    }

    /// The parameter [outputs, inputs] of a matrix that lies so when `isTransposed`, else the other way round.
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
