import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

extension IntegerConvolution: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = geometry.extents(image: inputs[0].shape, weights: inputs[1].shape, output: output)
        if hasWideWeights, !surety_dnn_sums_codes_in_32_bits() {
            return try LoopConvolution(self, extents, inputs: inputs.map(\.shape), output: output)
        }
        // oneDNN adds a zero point before it rounds, which is not the definition. So signed bytes are written, and then moved
        // by 128.
        let element: Layout.Element = switch self.output {
        case .numbers: .float32
        case .codes(let zeroPoint): zeroPoint == 0 ? .uint8 : .int8
        }
        let kernel = try OneDNNKernel("an integer convolution of \(inputs.map(\.shape))") {
            surety_dnn_integer_convolution(engine.handle, extents, Int32(zeroPoint), scales, element.value, &$0)
        }
        return element == .int8 ? try MovedCodes(of: kernel) : kernel
    }
}

/// A kernel that writes signed bytes, and then the codes that are greater by 128 in their place.
private struct MovedCodes: Kernel {
    private let kernel: OneDNNKernel
    let outputLayout: Layout
    var inputLayouts: [Layout] { kernel.inputLayouts }
    var workspaceBytes: Int { kernel.workspaceBytes }

    init(of kernel: OneDNNKernel) throws(GraphError) {
        self.kernel = kernel
        outputLayout = try kernel.outputLayout.storing(.uint8)
    }

    func bind(_ operands: Operands) throws(GraphError) -> Step {
        let step = try kernel.bind(operands)
        let count = outputLayout.byteCount
        return {
            step()
            surety_flip_signs(operands.resultingCodes, count)
        }
    }
}

/// Plain loops, exact for all weights on every processor.
private struct LoopConvolution: Kernel {
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let workspaceBytes: Int
    private let convolution: surety_code_convolution
    private let scales: [Float]
    private let zeroPoint: Int?

    init(_ layer: IntegerConvolution, _ extents: surety_dnn_geometry, inputs: [[Int]], output: [Int]) throws(GraphError) {
        scales = layer.scales
        if case .codes(let zeroPoint) = layer.output { self.zeroPoint = zeroPoint } else { zeroPoint = nil }
        inputLayouts = [Layout(plain: inputs[0], of: .uint8), Layout(plain: inputs[1]), Layout(plain: inputs[2])]
        outputLayout = Layout(plain: output, of: zeroPoint == nil ? .float32 : .uint8)
        convolution = surety_code_convolution(
            batch: extents.batch, groups: extents.groups, channels: extents.input_channels, outputs: extents.output_channels,
            input: extents.input, output: extents.output, window: extents.window, strides: extents.stride, dilation: extents.dilation,
            padding: extents.padding_before, zero_point: Int32(layer.zeroPoint))
        let length = inputs[1][1...].reduce(1, *), numbers = zeroPoint == nil ? 0 : output.reduce(1, *)
        workspaceBytes = MemoryLayout<Float>.stride * numbers + MemoryLayout<Int16>.stride * (inputs[1][0] + 1) * length
    }

    func bind(_ operands: Operands) -> Step {
        let numbers = zeroPoint == nil ? operands.result : operands.workspace.assumingMemoryBound(to: Float.self)
        let count = zeroPoint == nil ? 0 : outputLayout.byteCount
        let integers = (operands.workspace + MemoryLayout<Float>.stride * count).assumingMemoryBound(to: Int16.self)
        return { [convolution, scales, zeroPoint] in
            withUnsafePointer(to: convolution) {
                surety_convolve_codes($0, operands.codes(0), operands.floats(1), operands.floats(2), scales, integers, numbers)
            }
            if let zeroPoint { surety_quantise(numbers, 1, Int32(zeroPoint), operands.resultingCodes, count) }
        }
    }
}
