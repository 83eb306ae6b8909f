import CKernels
import Tensors

/// The largest element in each position of a window over x [N, C, H, W]. Padding never wins.
package struct MaximumPool: Primitive {
    package let window: Window

    package var name: String { "maximum pool" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 1 else { throw GraphError("\(name) needs one image") }
        return try window.outputShapeOfElements(image: inputs[0])
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ScatterToMaximum(window: window), [cotangent, output.inputs[0]])]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // A loop of our own, because oneDNN's ignores NaN: a broken model must not look like a working one.
        let image = inputs[0].byChannels ?? Layout(plain: inputs[0].shape)
        let (positions, block) = surety_window.positions(of: window, in: image, output: output)
        return PlainKernel(inputs: [image], output: try image.resized(to: output)) { operands in
            withUnsafePointer(to: positions) { surety_maximum_pool($0, block, operands.floats(0), operands.result) }
        }
    }
}

/// Each cotangent [N, C, H′, W′] added where x [N, C, H, W] has the maximum of its window (the first of
/// several). Linear in the cotangent; its derivative by x is zero almost everywhere.
package struct ScatterToMaximum: Primitive {
    package let window: Window

    package var name: String { "scatter to maximum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == 2, try window.outputShapeOfElements(image: inputs[1]) == inputs[0] else {
            throw GraphError("\(name) does not suit the shapes \(inputs)")
        }
        return inputs[1]
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(PickAtMaximum(window: window), [cotangent, output.inputs[1]]), nil]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // In the layout of the image, which the layer before chose.
        let image = inputs[1].byChannels ?? Layout(plain: output)
        let (positions, block) = surety_window.positions(of: window, in: image, output: inputs[0].shape)
        return PlainKernel(inputs: [try image.resized(to: inputs[0].shape), image], output: image) { operands in
            withUnsafePointer(to: positions) {
                surety_scatter_to_maximum($0, block, operands.floats(0), operands.floats(1), operands.result)
            }
        }
    }
}

/// The elements of v [N, C, H, W] found where x, of the same shape, has the maxima of its windows.
package struct PickAtMaximum: Primitive {
    package let window: Window

    package init(window: Window) { self.window = window }

    package var name: String { "pick at maximum" }

    package func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        try window.outputShapeOfElements(image: try commonShape(inputs, count: 2))
    }

    package func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?] {
        [try Node(ScatterToMaximum(window: window), [cotangent, output.inputs[1]]), nil]
    }

    package func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let image = inputs[1].byChannels ?? Layout(plain: inputs[1].shape)
        let (positions, block) = surety_window.positions(of: window, in: image, output: output)
        return PlainKernel(inputs: [image, image], output: try image.resized(to: output)) { operands in
            withUnsafePointer(to: positions) {
                surety_pick_at_maximum($0, block, operands.floats(0), operands.floats(1), operands.result)
            }
        }
    }
}

extension Layout {
    /// This layout, if it is that of an image whose channels lie in blocks.
    fileprivate var byChannels: Layout? { channelBlock == nil ? nil : self }
}

extension surety_window {
    /// The window's positions in an image of this layout, and the numbers that lie side by side for each of its elements.
    static func positions(of window: Window, in image: Layout, output: [Int]) -> (surety_window, Int64) {
        func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
        let block = image.channelBlock ?? 1
        let plane = MemoryLayout<Float>.stride * block * image.shape[2] * image.shape[3]
        let positions = surety_window(
            planes: Int64(image.byteCount / plane), input: pair(Array(image.shape[2...])), output: pair(Array(output[2...])),
            size: pair(window.size), stride: pair(window.strides), dilation: pair(window.dilation),
            padding: pair(window.paddingBefore))
        return (positions, Int64(block))
    }
}

extension Node {
    /// The largest element in each position of `window` over this image [N, C, H, W].
    public func maximumPool(_ window: Window) throws(GraphError) -> Node { try Node(MaximumPool(window: window), [self]) }
}
