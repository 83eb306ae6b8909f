/// Operators that make constants, turn shapes into numbers, or do nothing at inference.
extension ONNXGraph {
    mutating func constant(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 0...0, attributes: "value", "value_float", "value_floats", "value_int", "value_ints")
        let name = node.outputs.first ?? node.name
        if let tensor = try node.tensor("value") {
            return .constant(try ONNXConstant(tensor, name: name, place: node.place))
        }
        if let number = try node.number("value_float") {
            return .constant(ONNXConstant(name: name, shape: [], elements: .numbers([number])))
        }
        if let numbers = try node.numbers("value_floats") {
            return .constant(ONNXConstant(name: name, shape: [numbers.count], elements: .numbers(numbers)))
        }
        if let integer = try node.integer("value_int") {
            return .constant(ONNXConstant(name: name, shape: [], elements: .sizes([BatchSize(integer)])))
        }
        if let integers = try node.integers("value_ints") {
            let sizes = integers.map { BatchSize($0) }
            return .constant(ONNXConstant(name: name, shape: [sizes.count], elements: .sizes(sizes)))
        }
        throw node.error("it holds no value")
    }

    mutating func constantOfShape(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "value")
        var sizes = try sizes(constant(node, 0), node)
        let isPerImage = sizes.first == .batch
        if isPerImage { sizes[0] = BatchSize(1) }
        let shape = sizes.compactMap(\.known)
        guard shape.count == sizes.count else { throw node.unsupported("its shape depends on the batch size") }
        guard shape.count <= NetworkLimits.axes + 1, let count = shape.checkedElementCount else {
            throw node.error("\(shape) is not the shape of a tensor")
        }
        try spend(shape, node)
        let value = try node.tensor("value").map { tensor throws(ONNXError) in
            try ONNXConstant(tensor, name: node.name, place: node.place)
        } ?? ONNXConstant(name: node.name, shape: [1], elements: .numbers([0]))
        guard value.count == 1 else { throw node.error("its value has \(value.count) elements and needs one") }
        let elements: ONNXConstant.Elements =
            switch value.elements {
            case .numbers(let numbers): .numbers(Array(repeating: numbers[0], count: count))
            case .sizes(let sizes): .sizes(Array(repeating: sizes[0], count: count))
            }
        var result = ONNXConstant(
            name: node.outputs.first ?? node.name, shape: shape, elements: elements,
            errors: value.errors.map { Array(repeating: $0[0], count: count) })
        result.isPerImage = isPerImage
        return .constant(result)
    }

    /// The shape of a value, with its batch size left open. Since opset 15, optionally for a range of the axes.
    mutating func shape(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "end", "start")
        let extents: [BatchSize] =
            switch try value(node, 0) {
            case .vertex(let x): fileAxes(of: x).map(\.size)
            case .constant(let constant): (constant.isPerImage ? [.batch] : []) + constant.shapePerImage.map { BatchSize($0) }
            }
        func place(_ stated: Int) -> Int { min(max(stated < 0 ? stated + extents.count : stated, 0), extents.count) }
        let start = place(try node.integer("start") ?? 0)
        let end = place(try node.integer("end") ?? extents.count)
        let selected = Array(extents[start..<max(start, end)])
        return .constant(
            ONNXConstant(name: node.outputs.first ?? node.name, shape: [selected.count], elements: .sizes(selected)))
    }

    mutating func cast(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "saturate", "to")
        let number = try node.integer("to") ?? 0
        guard let type = ONNXElementType(rawValue: Int32(truncatingIfNeeded: number)), Int(type.rawValue) == number else {
            throw node.unsupported("it casts to element type \(number)")
        }
        switch try value(node, 0) {
        case .vertex(let x):
            guard type.isFloatingPoint else { throw node.unsupported("it rounds values of the image to integers") }
            return .vertex(x)
        case .constant(let constant):
            try spend(constant.shape, node)
            var result = ONNXConstant(
                name: node.outputs.first ?? constant.name, origin: constant.origin, shape: constant.shape,
                elements: try cast(constant, type, node), errors: type.isFloatingPoint ? errors(constant, type) : nil)
            result.isPerImage = constant.isPerImage
            return .constant(result)
        }
    }

    /// How far the numbers that a cast makes from a constant may lie from what the file means.
    private func errors(_ constant: ONNXConstant, _ type: ONNXElementType) -> [Float]? {
        switch constant.elements {
        case .sizes(let sizes):
            let errors = sizes.map { size -> Float in
                guard let known = size.known, Float(exactly: known) == nil else { return 0 }
                return Float(roundingUp: Float(known).roundingError)
            }
            return errors.contains { $0 != 0 } ? errors : nil
        case .numbers(let numbers):
            // The numbers stay unchanged, and the intended ones are rounded to the type.
            let (relative, absolute): (Double, Double)
            switch type {
            case .float16: (relative, absolute) = (0x1p-11, 0x1p-25)
            case .bfloat16: (relative, absolute) = (0x1p-8, 0x1p-134)
            case .float, .double, .uint8, .int8, .int32, .int64, .bool: return constant.errors
            }
            return numbers.indices.map { index in
                let error = Double(constant.errors?[index] ?? 0)
                return Float(roundingUp: error * (1 + relative) + relative * Double(numbers[index].magnitude) + absolute)
            }
        }
    }

    private func cast(
        _ constant: ONNXConstant, _ type: ONNXElementType, _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant.Elements {
        switch (constant.elements, type.isFloatingPoint) {
        case (.numbers, true):
            return constant.elements
        case (.sizes(let sizes), false):
            guard type == .bool else { return constant.elements }
            return .sizes(sizes.map { BatchSize($0 == BatchSize(0) ? 0 : 1) })
        case (.sizes(let sizes), true):
            var numbers: [Float] = []
            for size in sizes {
                guard let known = size.known else {
                    throw node.unsupported("""
                        it turns the batch size into a floating-point number
                        """)
                }
                numbers.append(Float(known))
            }
            return .numbers(numbers)
        case (.numbers(let numbers), false):
            var sizes: [BatchSize] = []
            for number in numbers {
                guard let integer = Int(exactly: number.rounded(.towardZero)) else {
                    throw node.error("""
                        it casts \(number) to an integer
                        """)
                }
                sizes.append(BatchSize(type == .bool ? (number == 0 ? 0 : 1) : integer))
            }
            return .sizes(sizes)
        }
    }

    mutating func identity(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        return try value(node, 0)
    }

    /// Does nothing at inference.
    mutating func dropout(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...3, attributes: "ratio", "seed")
        if let mode = try optionalConstant(node, 2), try integers(mode, node) != [0] {
            throw node.unsupported("it is in training mode; export the model for inference (in PyTorch: model.eval())")
        }
        return try value(node, 0)
    }
}
