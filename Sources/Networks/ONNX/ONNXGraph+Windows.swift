import SuretyGraphs

/// Convolution and pooling: operators that move a window over an image.
extension ONNXGraph {
    mutating func convolution(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 2...3, attributes: "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")
        let image = try vertex(node)
        let weights = try constant(node, 1)
        guard weights.shape.count == 4 else {
            throw node.unsupported("""
                its weights have the shape \(weights.shape); two-dimensional convolutions have four axes
                """)
        }
        let size = Array(weights.shape.dropFirst(2))
        if let declared = try node.integers("kernel_shape"), declared != size {
            throw node.error("its kernel_shape \(declared.prefix(4)) differs from that of its weights, \(size)")
        }
        let window = try window(node, size: size, image: image)
        let groups = try node.integer("group") ?? 1
        guard 1...max(1, weights.shape[0]) ~= groups else { throw node.error("it has \(groups) groups") }
        let geometry = ConvolutionGeometry(
            strides: window.strides, dilation: window.dilation, paddingBefore: window.paddingBefore,
            paddingAfter: window.paddingAfter, groups: groups)
        let bias = try optionalConstant(node, 2)
        let names = (weights: try parameter(weights, node), bias: try bias.map { bias throws(ONNXError) in try parameter(bias, node) })
        return .vertex(try append(.convolution(geometry, weights: names.weights, bias: names.bias), to: [image], node))
    }

    mutating func maximumPool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: 1...1,
            attributes: "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")
        let image = try vertex(node)
        let window = try poolingWindow(node, image: image).window
        return .vertex(try append(.maximumPool(window), to: [image], node))
    }

    mutating func averagePool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: 1...1,
            attributes: "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides")
        let image = try vertex(node)
        let (window, isExtended) = try poolingWindow(node, image: image)
        guard window.dilation == [1, 1] else { throw node.unsupported("average pooling with dilations is not supported") }
        let countsPadding = try node.flag("count_include_pad")
        if countsPadding && isExtended {
            throw node.unsupported("""
                ceil_mode together with count_include_pad is not supported here; export it with ceil_mode 0, or \
                pad the image before pooling
                """)
        }
        return .vertex(try append(.averagePool(window, countsPadding: countsPadding), to: [image], node))
    }

    mutating func globalAveragePool(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(inputs: 1...1)
        let image = try vertex(node)
        guard shape(image).count >= 2 else { throw node.error("its input \(shape(image)) has no spatial axes") }
        let axes = Array(shape(image).indices.dropFirst())
        return .vertex(try append(.mean(axes: axes, keepsDimensions: true), to: [image], node))
    }

    /// The window of a pooling operator, and whether ceil_mode needed more padding than the file states.
    private func poolingWindow(_ node: ONNXNode, image: Int) throws(ONNXError) -> (window: Window, isExtended: Bool) {
        guard let size = try node.integers("kernel_shape") else { throw node.error("it has no kernel_shape") }
        var window = try window(node, size: size, image: image)
        for axis in 0..<2 where max(window.paddingBefore[axis], window.paddingAfter[axis]) >= window.reach(axis) {
            throw node.error("its padding is not smaller than its window \(size)")
        }
        guard try node.flag("ceil_mode") else { return (window, false) }
        var isExtended = false
        for axis in 0..<2 {
            let start = shape(image)[axis + 1] + window.paddingBefore[axis]
            let (reach, stride) = (window.reach(axis), window.strides[axis])
            let room = start + window.paddingAfter[axis] - reach
            guard room >= 0 else { throw node.error("its window \(size) is larger than the padded image") }
            // A window that would begin beyond the image is left out, in ONNX as in PyTorch.
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
    private func window(_ node: ONNXNode, size: [Int], image: Int) throws(ONNXError) -> Window {
        let extents = shape(image)
        guard extents.count == 3 else {
            throw node.unsupported("""
                its input has the shape \(extents) per image; only images channels×height×width are supported
                """)
        }
        guard size.count == 2 else { throw node.error("its window has \(size.count) axes where the image has 2") }
        let strides = try node.integers("strides") ?? [1, 1]
        let dilation = try node.integers("dilations") ?? [1, 1]
        let pads = try node.integers("pads")
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
