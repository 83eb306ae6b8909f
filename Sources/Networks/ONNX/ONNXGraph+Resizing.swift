import SuretyTensors

/// Images enlarged or made smaller.
extension ONNXGraph {
    /// To the nearest element, or linearly between two along each axis.
    mutating func resize(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: node.opset < 11 ? 2...2 : 1...4,
            attributes: "antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
            "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode")
        let isOld = node.opset < 11
        let sampling = Sampling(
            mode: try node.text("mode") ?? "nearest",
            coordinates: try node.text("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel"),
            rounding: try node.text("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor"))
        guard ["nearest", "linear"].contains(sampling.mode) else {
            throw node.unsupported("resizing of mode \(quoted(sampling.mode)) is not supported; nearest and linear are")
        }
        guard ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"].contains(sampling.coordinates) else {
            throw node.unsupported("coordinates of mode \(quoted(sampling.coordinates)) are not supported")
        }
        guard try !node.flag("antialias") else { throw node.unsupported("resizing with antialiasing is not supported") }
        guard try node.text("keep_aspect_ratio_policy") ?? "stretch" == "stretch" else {
            throw node.unsupported("resizing that keeps the aspect ratio is not supported")
        }
        let x = try vertex(node)
        let rank = shape(x).count + 1
        let axes = try axes(node.integers("axes") ?? Array(0..<rank), rank: rank, node)
        let scales = try optionalConstant(node, isOld ? 1 : 2).map { constant throws(ONNXError) -> [Float] in
            guard case .numbers(let numbers) = constant.elements else { throw node.error("its scales are integers") }
            return numbers
        } ?? []
        let lengths = try isOld ? [] : optionalConstant(node, 3).map { constant throws(ONNXError) in try sizes(constant, node) } ?? []
        guard scales.count == axes.count && lengths.isEmpty || lengths.count == axes.count && scales.isEmpty else {
            throw node.error("it needs either a scale or a size for each of \(axes.count) axes")
        }
        var result = x
        for (index, axis) in axes.enumerated() {
            if axis == 0 {
                let isWhole = lengths.isEmpty || lengths[index] == .batch || lengths[index].known == declaredBatch
                guard isWhole, scales.isEmpty || scales[index] == 1 else { throw node.unsupported("it resizes the batch") }
                continue
            }
            let extent = shape(result)[axis - 1]
            let (length, scale): (Int, Float)
            if scales.isEmpty {
                guard let known = lengths[index].known, 1...Self.extentLimit ~= known else {
                    throw node.error("it resizes axis \(axis) to a size that is not known, or far too large")
                }
                (length, scale) = (known, Float(known) / Float(extent))
            } else {
                let product = Float(extent) * scales[index]
                guard product >= 1, product <= Float(Self.extentLimit) else { throw node.error("its scale is \(scales[index])") }
                (length, scale) = (Int(product.rounded(.down)), scales[index])
            }
            if length == extent, scale == 1 { continue }
            result = try resized(result, axis: axis - 1, to: length, scale: scale, sampling, node)
        }
        return .vertex(result)
    }

    private struct Sampling {
        let mode: String
        let coordinates: String
        let rounding: String

        /// Where an element of the result lies among those of the input.
        func coordinate(_ place: Int, of length: Int, extent: Int, scale: Float) -> Float {
            switch coordinates {
            case "asymmetric": return Float(place) / scale
            case "align_corners": return length == 1 ? 0 : Float(place) * Float(extent - 1) / Float(length - 1)
            case "pytorch_half_pixel": return length == 1 ? 0 : (Float(place) + 0.5) / scale - 0.5
            default: return (Float(place) + 0.5) / scale - 0.5
            }
        }

        func nearest(to coordinate: Float) -> Float {
            switch rounding {
            case "floor": coordinate.rounded(.down)
            case "ceil": coordinate.rounded(.up)
            case "round_prefer_ceil": (coordinate + 0.5).rounded(.down)
            default: (coordinate - 0.5).rounded(.up)
            }
        }
    }

    private mutating func resized(
        _ x: Int, axis: Int, to length: Int, scale: Float, _ sampling: Sampling, _ node: ONNXNode
    ) throws(ONNXError) -> Int {
        let extent = shape(x)[axis]
        let coordinates = (0..<length).map { sampling.coordinate($0, of: length, extent: extent, scale: scale) }
        if sampling.mode == "nearest" {
            try spend([length], node)
            let places = coordinates.map { Int(min(max(sampling.nearest(to: $0), 0), Float(extent - 1))) }
            return try append(.selection(axis: axis, places: places), to: [x], node)
        }
        // A matrix with two numbers in each row, along this axis as the last.
        try spend([length, extent], node)
        var weights = [Float](repeating: 0, count: length * extent)
        for (row, stated) in coordinates.enumerated() {
            let coordinate = min(max(stated, 0), Float(extent - 1))
            let lower = min(Int(coordinate), extent - 1)
            let share = coordinate - Float(lower)
            weights[row * extent + lower] += 1 - share
            if lower + 1 < extent { weights[row * extent + lower + 1] += share }
        }
        let matrix = ONNXConstant(
            own: "interpolation \(extent) \(length) \(scale) \(sampling.coordinates)", shape: [length, extent], numbers: weights,
            errors: weights.map { _ in 0x1p-20 })
        return try product(of: matrix, along: axis, x, node)
    }
}
