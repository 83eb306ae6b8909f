import SuretyGraphs
import SuretyTensors

/// Convolution and pooling: operators that move a window over an image.
extension ONNXGraph {
    mutating func convolution(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")
        let weights = try constant(node, 1)
        let image = try image(vertex(node), node)
        let size = try windowSize(of: weights, image, node)
        let window = try window(node, size: size, image: image)
        let groups = try groups(of: weights, node)
        let geometry = ConvolutionGeometry(
            strides: window.strides, dilation: window.dilation, paddingBefore: window.paddingBefore,
            paddingAfter: window.paddingAfter, groups: groups)
        let bias = try optionalConstant(node, 2)
        let names = (
            weights: try parameter(weights, form: image.isLine ? "of a line" : "", node) { tensor throws(ONNXError) in
                image.isLine ? tensor.reshaped(to: [tensor.shape[0], tensor.shape[1], 1, tensor.shape[2]]) : tensor
            },
            bias: try bias.map { bias throws(ONNXError) in try parameter(bias, node) }
        )
        let result = try append(.convolution(geometry, weights: names.weights, bias: names.bias), to: [image.vertex], node)
        return .vertex(try finished(result, of: image, node))
    }

    /// Puts zeros between the elements, then convolves with the reversed weights.
    mutating func transposedConvolution(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: 2...3,
            attributes: "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides")
        guard try node.text("auto_pad") ?? "NOTSET" == "NOTSET", try node.integers("output_shape") == nil else {
            throw node.unsupported("auto_pad and output_shape are not supported here; export it with pads")
        }
        let weights = try constant(node, 1)
        let image = try image(vertex(node), node)
        let size = try windowSize(of: weights, image, node)
        let window = try window(node, size: size, image: image)
        let groups = try groups(of: weights, node)
        var added = try node.integers("output_padding") ?? size.map { _ in 0 }
        if image.isLine, added.count == 1 { added.insert(0, at: 0) }
        guard added.count == 2, added.allSatisfy({ 0...Self.extentLimit ~= $0 }) else {
            throw node.error("its output_padding is \(added.prefix(4))")
        }
        let extents = shape(image.vertex)
        let strides = window.strides
        var x = image.vertex
        if strides != [1, 1] {
            x = try append(.reshape(to: [extents[0], extents[1], 1, extents[2], 1]), to: [x], node)
            let after = [0, 0, strides[0] - 1, 0, strides[1] - 1]
            x = try padded(x, before: [0, 0, 0, 0, 0], after: after, node)
            x = try append(.reshape(to: [extents[0], extents[1] * strides[0], extents[2] * strides[1]]), to: [x], node)
        }
        // The zeros after the last element count as padding.
        let before = (0..<2).map { window.reach($0) - 1 - window.paddingBefore[$0] }
        let after = (0..<2).map { window.reach($0) - 1 - window.paddingAfter[$0] + added[$0] - (strides[$0] - 1) }
        x = try padded(x, before: [0] + before, after: [0] + after, node)
        let name = try parameter(weights, form: "turned round \(groups)", node) { tensor throws(ONNXError) in
            let (inputs, outputs) = (tensor.shape[0] / groups, tensor.shape[1])
            let area = size.elementCount
            var values = [Float](repeating: 0, count: tensor.values.count)
            for group in 0..<groups {
                for input in 0..<inputs {
                    for output in 0..<outputs {
                        let source = ((group * inputs + input) * outputs + output) * area
                        let target = ((group * outputs + output) * inputs + input) * area
                        for place in 0..<area { values[target + place] = tensor.values[source + area - 1 - place] }
                    }
                }
            }
            return Tensor(shape: [groups * outputs, inputs] + size, values: values)
        }
        let bias = try optionalConstant(node, 2).map { bias throws(ONNXError) in try parameter(bias, node) }
        let geometry = ConvolutionGeometry(
            strides: [1, 1], dilation: window.dilation, paddingBefore: [0, 0], paddingAfter: [0, 0], groups: groups)
        let result = try append(.convolution(geometry, weights: name, bias: bias), to: [x], node)
        return .vertex(try finished(result, of: image, node))
    }

    private func groups(of weights: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> Int {
        let groups = try node.integer("group") ?? 1
        guard 1...max(1, weights.shape[0]) ~= groups, weights.shape[0].isMultiple(of: groups) else {
            throw node.error("it has \(groups) groups")
        }
        return groups
    }

    /// The extents of a convolution's weights: the window.
    private func windowSize(of weights: ONNXConstant, _ image: WindowedImage, _ node: ONNXNode) throws(ONNXError) -> [Int] {
        guard weights.shape.count == (image.isLine ? 3 : 4) else {
            let axes = weights.shape.count - 2
            throw node.unsupported("""
                its weights have the shape \(weights.shape); convolutions along one and two axes are supported, not along \(axes)
                """)
        }
        let size = Array(weights.shape.dropFirst(2))
        if let declared = try node.integers("kernel_shape"), declared != size {
            throw node.error("its kernel_shape \(declared.prefix(4)) differs from that of its weights, \(size)")
        }
        return image.isLine ? [1] + size : size
    }

    /// The image that a window moves over.
    private struct WindowedImage {
        /// Channels×height×width.
        let vertex: Int
        /// Whether the height was added and must be removed again.
        var isLine = false
        /// The extents that were merged into the width, on which the window has no effect.
        var merged: [Int]?
    }

    private mutating func image(_ x: Int, _ node: ONNXNode) throws(ONNXError) -> WindowedImage {
        let extents = shape(x)
        switch extents.count {
        case 2: return WindowedImage(vertex: try append(.reshape(to: [extents[0], 1, extents[1]]), to: [x], node), isLine: true)
        case 3: return WindowedImage(vertex: x)
        case 4 where try movesAlongFirstAxis(node):
            let plane = try append(.reshape(to: [extents[0], extents[1], extents[2] * extents[3]]), to: [x], node)
            return WindowedImage(vertex: plane, merged: Array(extents.suffix(2)))
        default:
            throw node.unsupported("""
                its input has the shape \(shape(x)) per image; only images channels×height×width, and lines channels×length, \
                are supported
                """)
        }
    }

    private mutating func finished(_ result: Int, of image: WindowedImage, _ node: ONNXNode) throws(ONNXError) -> Int {
        if let merged = image.merged { return try append(.reshape(to: Array(shape(result).prefix(2)) + merged), to: [result], node) }
        guard image.isLine else { return result }
        return try append(.reshape(to: [shape(result)[0], shape(result)[2]]), to: [result], node)
    }

    /// Whether a pool over three axes leaves the last two alone, as PyTorch averages over channels.
    private func movesAlongFirstAxis(_ node: ONNXNode) throws(ONNXError) -> Bool {
        guard let size = try node.integers("kernel_shape"), size.count == 3, size[1...] == [1, 1], node.operation.hasSuffix("Pool"),
            try node.integers("strides")?.suffix(2) ?? [1, 1] == [1, 1]
        else { return false }
        let pads = try node.integers("pads") ?? Array(repeating: 0, count: 6)
        return pads.count == 6 && [1, 2, 4, 5].allSatisfy { pads[$0] == 0 }
    }

    mutating func maximumPool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: 1...1,
            attributes: "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")
        let image = try image(vertex(node), node)
        let window = try poolingWindow(node, image: image).window
        return .vertex(try finished(append(.maximumPool(window), to: [image.vertex], node), of: image, node))
    }

    mutating func averagePool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: 1...1,
            attributes: "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides")
        let image = try image(vertex(node), node)
        let average = try average(of: image.vertex, image, countsPadding: node.flag("count_include_pad"), node)
        return .vertex(try finished(average, of: image, node))
    }

    /// The root of the sum of squares in each window, or the sum of magnitudes.
    mutating func lpPool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1, attributes: "auto_pad", "ceil_mode", "dilations", "kernel_shape", "p", "pads", "strides")
        let exponent = try node.integer("p") ?? 2
        guard [1, 2].contains(exponent) else { throw node.unsupported("its p is \(exponent); 1 and 2 are supported") }
        let image = try image(vertex(node), node)
        let powers =
            exponent == 2
            ? try append(.arithmetic(.multiply), to: [image.vertex, image.vertex], node)
            : try append(.leakyRelu(slope: -1), to: [image.vertex], node)
        let size = try poolingWindow(node, image: image).window.size
        let sum = try arithmetic(
            .multiply, .vertex(average(of: powers, image, countsPadding: true, node)), Float(size.elementCount), node)
        let result = exponent == 2 ? try apply(.function(.squareRoot), to: sum, node: node) : sum
        guard case .vertex(let vertex) = result else { return result }
        return .vertex(try finished(vertex, of: image, node))
    }

    /// - Parameter x: A value of the image's shape.
    private mutating func average(
        of x: Int, _ image: WindowedImage, countsPadding: Bool, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        let stated = try poolingWindow(node, image: image, isExtended: false).window
        let (window, isExtended) = try poolingWindow(node, image: image)
        guard window.dilation == [1, 1] else { throw node.unsupported("average pooling with dilations is not supported") }
        guard countsPadding, isExtended else {
            return try append(.averagePool(window, countsPadding: countsPadding), to: [x], node)
        }
        // Padding that the file states counts, padding that ceil_mode adds does not: the former becomes explicit zeros.
        let padded = try padded(x, before: [0] + stated.paddingBefore, after: [0] + stated.paddingAfter, node)
        var rest = window
        rest.paddingBefore = [0, 0]
        rest.paddingAfter = (0..<2).map { window.paddingAfter[$0] - stated.paddingAfter[$0] }
        return try append(.averagePool(rest, countsPadding: false), to: [padded], node)
    }

    mutating func globalAveragePool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue { try globalPool(.mean, node) }

    /// The window of a pooling operator, and whether ceil_mode needed more padding than the file states.
    ///
    /// - Parameter isExtended: Whether ceil_mode is taken into account.
    private func poolingWindow(
        _ node: ONNXNode, image: WindowedImage, isExtended heedsCeiling: Bool = true
    ) throws(ONNXError) -> (window: Window, isExtended: Bool) {
        guard var size = try node.integers("kernel_shape") else { throw node.error("it has no kernel_shape") }
        if image.isLine { size.insert(1, at: 0) }
        if image.merged != nil { size.removeLast() }
        var window = try window(node, size: size, image: image)
        for axis in 0..<2 where max(window.paddingBefore[axis], window.paddingAfter[axis]) >= window.reach(axis) {
            throw node.error("its padding is not smaller than its window \(size)")
        }
        guard heedsCeiling, try node.flag("ceil_mode") else { return (window, false) }
        var isExtended = false
        for axis in 0..<2 {
            let start = shape(image.vertex)[axis + 1] + window.paddingBefore[axis]
            let (reach, stride) = (window.reach(axis), window.strides[axis])
            let room = start + window.paddingAfter[axis] - reach
            guard room >= 0 else { throw node.error("its window \(size) is larger than the padded image") }
            // A window that would begin outside the image is left out, in ONNX as in PyTorch.
            var last = (room + stride - 1) / stride
            if last * stride >= start { last -= 1 }
            let needed = last * stride + reach - start
            if needed > window.paddingAfter[axis] {
                window.paddingAfter[axis] = needed
                isExtended = true
            } else if last < room / stride {
                throw node.unsupported("with ceil_mode, a window lies in the padding alone; reduce the padding")
            }
        }
        return (window, isExtended)
    }

    /// The window that strides, dilations, pads and auto_pad describe.
    private func window(_ node: ONNXNode, size: [Int], image: WindowedImage) throws(ONNXError) -> Window {
        let extents = shape(image.vertex)
        guard extents.count == 3 else {
            throw node.unsupported("""
                its input has the shape \(extents) per image; only images channels×height×width are supported
                """)
        }
        guard size.count == 2 else { throw node.error("its window has \(size.count) axes where the image has 2") }
        func pair(_ name: String) throws(ONNXError) -> [Int] {
            let stated = try node.integers(name) ?? size.map { _ in 1 }
            if image.merged != nil, stated.count == 3 { return Array(stated.prefix(2)) }
            return image.isLine && stated.count == 1 ? [1] + stated : stated
        }
        let (strides, dilation) = (try pair("strides"), try pair("dilations"))
        var pads = try node.integers("pads")
        if image.isLine, let ends = pads, ends.count == 2 { pads = [0, ends[0], 0, ends[1]] }
        if image.merged != nil, let ends = pads, ends.count == 6 { pads = [ends[0], 0, ends[3], 0] }
        guard strides.count == 2, dilation.count == 2, pads.map(\.count) ?? 4 == 4,
            (size + strides + dilation).allSatisfy({ 1...Self.extentLimit ~= $0 }),
            (pads ?? []).allSatisfy({ 0...Self.extentLimit ~= $0 })
        else {
            throw node.error("""
                kernel_shape, strides and dilations need 2 positive numbers each, and pads 4 that are not \
                negative, below \(Self.extentLimit)
                """)
        }
        var window = Window(size: size, strides: strides, dilation: dilation)
        let automatic = try node.text("auto_pad") ?? "NOTSET"
        switch automatic {
        case "NOTSET":
            let pads = pads ?? [0, 0, 0, 0]
            window.paddingBefore = Array(pads[..<2])
            window.paddingAfter = Array(pads[2...])
        case "VALID":
            break
        case "SAME_UPPER", "SAME_LOWER":
            for axis in 0..<2 {
                let positions = (extents[axis + 1] + strides[axis] - 1) / strides[axis]
                let padding = max(0, (positions - 1) * strides[axis] + window.reach(axis) - extents[axis + 1])
                let (smaller, larger) = (padding / 2, padding - padding / 2)
                window.paddingBefore[axis] = automatic == "SAME_UPPER" ? smaller : larger
                window.paddingAfter[axis] = automatic == "SAME_UPPER" ? larger : smaller
            }
        default:
            throw node.error("auto_pad is \(quoted(automatic))")
        }
        return window
    }

    /// More than any image has rows, so that no sum of extents overflows.
    static let extentLimit = 1 << 16
}

extension Window {
    /// The extent of the window with its gaps.
    fileprivate func reach(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }
}
