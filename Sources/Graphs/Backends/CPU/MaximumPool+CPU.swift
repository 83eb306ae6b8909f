import CSuretyKernels
import SuretyTensors

extension MaximumPool: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // Our own loop, because oneDNN's ignores NaN: a broken model must not look like a working one.
        let image = inputs[0].byChannels ?? Layout(plain: inputs[0].shape, of: inputs[0].element)
        let (positions, block) = surety_window.positions(of: window, in: image, output: output)
        if image.element == .uint8 {
            return PlainKernel(inputs: [image], output: try image.resized(to: output)) { operands in
                withUnsafePointer(to: positions) {
                    surety_maximum_pool_codes($0, block, operands.codes(0), operands.resultingCodes)
                }
            }
        }
        return PlainKernel(inputs: [image], output: try image.resized(to: output)) { operands in
            withUnsafePointer(to: positions) { surety_maximum_pool($0, block, operands.floats(0), operands.result) }
        }
    }
}

extension ScatterToMaximum: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        // In the image's layout, which the layer before chose; but one channel at a time would be slow.
        let isOneByOne = (inputs[1].channelBlock ?? 1) == 1
        let image = isOneByOne && output[1] >= 16 ? try .inBlocks(output) : inputs[1].byChannels ?? Layout(plain: output)
        let (positions, block) = surety_window.positions(of: window, in: image, output: inputs[0].shape)
        return PlainKernel(inputs: [try image.resized(to: inputs[0].shape), image], output: image) { operands in
            withUnsafePointer(to: positions) {
                surety_scatter_to_maximum($0, block, operands.floats(0), operands.floats(1), operands.result)
            }
        }
    }
}

extension PickAtMaximum: CPUPrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
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
    /// The window's positions in an image of this layout, and how many numbers lie side by side for each of its elements.
    static func positions(of window: Window, in image: Layout, output: [Int]) -> (surety_window, Int64) {
        func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
        let block = image.channelBlock ?? 1
        let plane = image.element.byteCount * block * image.shape[2] * image.shape[3]
        let positions = surety_window(
            planes: Int64(image.byteCount / plane), input: pair(Array(image.shape[2...])), output: pair(Array(output[2...])),
            size: pair(window.size), stride: pair(window.strides), dilation: pair(window.dilation),
            padding: pair(window.paddingBefore))
        return (positions, Int64(block))
    }
}
