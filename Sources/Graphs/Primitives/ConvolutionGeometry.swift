import SuretyTensors

/// How a convolution's window moves over an image. Pairs are [vertical, horizontal].
public struct ConvolutionGeometry: Sendable, Hashable {
    /// Distance between neighbouring positions of the window.
    public var strides: [Int]
    /// Distance between neighbouring elements of the window; 1 when they touch.
    public var dilation: [Int]
    /// Zeros added above and to the left.
    public var paddingBefore: [Int]
    /// Zeros added below and to the right.
    public var paddingAfter: [Int]
    /// Equal parts into which the channels are divided; each is convolved by itself.
    public var groups: Int

    /// Pairs are [vertical, horizontal]; `outputShape` refuses what does not fit.
    public init(
        strides: [Int] = [1, 1], dilation: [Int] = [1, 1], paddingBefore: [Int] = [0, 0], paddingAfter: [Int] = [0, 0],
        groups: Int = 1
    ) {
        self.strides = strides
        self.dilation = dilation
        self.paddingBefore = paddingBefore
        self.paddingAfter = paddingAfter
        self.groups = groups
    }

    /// The same padding on all sides.
    public init(stride: Int = 1, padding: Int, groups: Int = 1) {
        self.init(
            strides: [stride, stride], paddingBefore: [padding, padding], paddingAfter: [padding, padding], groups: groups)
    }

    /// The shape [N, out, H′, W′] for an image [N, in, H, W] and weights [out, in/groups, kh, kw].
    ///
    /// - Throws: `GraphError` when channels or groups do not match, or the window is larger than the image.
    public func outputShape(image: [Int], weights: [Int]) throws(GraphError) -> [Int] {
        guard image.count == 4, weights.count == 4 else {
            throw GraphError("a convolution needs an image N×C×H×W and weights out×in×h×w, not \(image) and \(weights)")
        }
        guard groups > 0, weights[1] * groups == image[1], weights[0] % groups == 0, weights.allSatisfy({ $0 > 0 }) else {
            throw GraphError("weights \(weights) in \(groups) groups do not suit an image \(image) of \(image[1]) channels")
        }
        let window = Window(
            size: [weights[2], weights[3]], strides: strides, dilation: dilation, paddingBefore: paddingBefore,
            paddingAfter: paddingAfter)
        return [image[0], weights[0]] + (try window.outputExtents(Array(image[2...])))
    }
}

/// The window of a pooling operation. Pairs are [vertical, horizontal].
public struct Window: Sendable, Hashable {
    /// Height and width.
    public var size: [Int]
    /// Distance between neighbouring positions.
    public var strides: [Int]
    /// Distance between neighbouring elements; 1 when they touch.
    public var dilation: [Int]
    /// Padding above and to the left.
    public var paddingBefore: [Int]
    /// Padding below and to the right.
    public var paddingAfter: [Int]

    /// Pairs are [vertical, horizontal]; `outputShape` refuses what does not fit.
    public init(
        size: [Int], strides: [Int], dilation: [Int] = [1, 1], paddingBefore: [Int] = [0, 0], paddingAfter: [Int] = [0, 0]
    ) {
        self.size = size
        self.strides = strides
        self.dilation = dilation
        self.paddingBefore = paddingBefore
        self.paddingAfter = paddingAfter
    }

    /// The number of positions on each axis of an image of `extents`.
    func outputExtents(_ extents: [Int]) throws(GraphError) -> [Int] {
        let pairs = [size, strides, dilation, paddingBefore, paddingAfter, extents]
        guard pairs.allSatisfy({ $0.count == 2 }), (size + strides + dilation).allSatisfy({ $0 > 0 }),
            (paddingBefore + paddingAfter).allSatisfy({ $0 >= 0 }),
            pairs.joined().allSatisfy({ $0 <= Int(Int32.max) })  // no overflow below
        else {
            throw GraphError("sizes, strides and dilations must be positive, paddings at least 0, and none huge: \(self)")
        }
        var result: [Int] = []
        for axis in 0..<2 {
            let room = extents[axis] + paddingBefore[axis] + paddingAfter[axis] - ((size[axis] - 1) * dilation[axis] + 1)
            guard room >= 0 else { throw GraphError("a window of \(size) is larger than the padded image of \(extents)") }
            result.append(room / strides[axis] + 1)
        }
        return result
    }

    /// The shape [N, C, H′, W′] that pooling gives for an image [N, C, H, W].
    public func outputShape(image: [Int]) throws(GraphError) -> [Int] {
        guard image.count == 4 else { throw GraphError("pooling needs an image N×C×H×W, not \(image)") }
        return Array(image[..<2]) + (try outputExtents(Array(image[2...])))
    }

    /// As `outputShape(image:)`, for an operation that needs an element in every position of the window.
    ///
    /// - Throws: `GraphError` also where a position would hold nothing but padding.
    func outputShapeOfElements(image: [Int]) throws(GraphError) -> [Int] {
        let shape = try outputShape(image: image)
        for axis in 0..<2 {
            let (reach, gap, extent) = ((size[axis] - 1) * dilation[axis], dilation[axis], image[axis + 2])
            for position in 0..<shape[axis + 2] {
                let start = position * strides[axis] - paddingBefore[axis]
                let firstInside = start >= 0 ? start : start + (gap - 1 - start) / gap * gap
                guard firstInside < extent, firstInside <= start + reach else {
                    throw GraphError("a position of the window would hold padding alone: choose less padding than \(self)")
                }
            }
        }
        return shape
    }
}
