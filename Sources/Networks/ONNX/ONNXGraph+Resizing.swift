import SuretyTensors

/// Images enlarged or made smaller.
extension ONNXGraph {
    /// To the nearest element, or linearly or cubically between those around, along each axis.
    mutating func resize(_ node: ONNXNode) throws(ONNXError) -> ONNXValue {
        try node.expect(
            inputs: node.opset < 11 ? 2...2 : 1...4,
            attributes: "antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
            "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode")
        let isOld = node.opset < 11
        let sampling = Sampling(
            mode: try node.text("mode") ?? "nearest",
            coordinates: try node.text("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel"),
            rounding: try node.text("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor"),
            coefficient: try node.number("cubic_coeff_a") ?? -0.75, excludesOutside: try node.flag("exclude_outside"),
            antialiases: try node.flag("antialias"))
        guard ["nearest", "linear", "cubic"].contains(sampling.mode) else {
            throw node.unsupported("resizing of mode \(quoted(sampling.mode)) is not supported; nearest, linear and cubic are")
        }
        guard Sampling.knownCoordinates.contains(sampling.coordinates) else {
            throw node.unsupported("coordinates of mode \(quoted(sampling.coordinates)) are not supported")
        }
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
        /// The coefficient of the cubic function.
        let coefficient: Float
        /// Whether places beyond the edge have no weight, rather than counting for the element at the edge.
        let excludesOutside: Bool
        let antialiases: Bool

        /// What distinguishes this resizing from others.
        var name: String {
            let cubic = mode == "cubic" ? " \(coefficient)" : ""
            return mode + cubic + " \(coordinates)" + (excludesOutside ? " inside" : "") + (antialiases ? " antialias" : "")
        }

        static let knownCoordinates = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "asymmetric", "align_corners"]

        /// Where an element of the result lies among those of the input.
        func coordinate(_ place: Int, of length: Int, extent: Int, scale: Float) -> Float {
            switch coordinates {
            case "asymmetric": return Float(place) / scale
            case "align_corners": return length == 1 ? 0 : Float(place) * Float(extent - 1) / Float(length - 1)
            case "pytorch_half_pixel": return length == 1 ? 0 : (Float(place) + 0.5) / scale - 0.5
            case "half_pixel_symmetric":
                let centre = Float(extent) / 2, covered = Float(length) / (scale * Float(extent))
                return centre * (1 - covered) + (Float(place) + 0.5) / scale - 0.5
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

        /// The weight of each of `extent` elements at a coordinate.
        func weights(at stated: Float, extent: Int, scale: Float) -> [Float] {
            // When antialiasing averages over all elements that one element of the result covers, the kernel is stretched
            // accordingly.
            let spread = antialiases ? max(1, 1 / scale) : 1
            let reach = (mode == "cubic" ? 2 : 1) * spread
            let coordinate = mode == "linear" && !antialiases ? min(max(stated, 0), Float(extent - 1)) : stated
            var weights = [Float](repeating: 0, count: extent)
            for place in Int((coordinate - reach).rounded(.up))...Int((coordinate + reach).rounded(.down)) {
                if excludesOutside, !weights.indices.contains(place) { continue }
                weights[min(max(place, 0), extent - 1)] += influence((Float(place) - coordinate).magnitude / spread)
            }
            guard excludesOutside || antialiases else { return weights }
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }

        /// The weight of an element at this distance (for the cubic one: Keys 1981, equation 4).
        private func influence(_ distance: Float) -> Float {
            let (x, a) = (distance, coefficient)
            guard mode == "cubic" else { return max(0, 1 - x) }
            if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
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
        // A matrix along this axis as the last.
        try spend([length, extent], node)
        let weights = coordinates.flatMap { sampling.weights(at: $0, extent: extent, scale: scale) }
        guard weights.allSatisfy(\.isFinite) else { throw node.error("an element of its result lies too far outside its input") }
        // The rounding error of a coordinate is proportional to the extent, and a weight changes by less than this factor
        // times that error.
        let error = Float(extent) * 0x1p-20 * (sampling.mode == "cubic" ? 2 + 2 * sampling.coefficient.magnitude : 1)
        let matrix = ONNXConstant(
            own: "interpolation \(extent) \(length) \(scale) \(sampling.name)", shape: [length, extent], numbers: weights,
            errors: weights.map { _ in error })
        return try product(of: matrix, along: axis, x, node)
    }
}
