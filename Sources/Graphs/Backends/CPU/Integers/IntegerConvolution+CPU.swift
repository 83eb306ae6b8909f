import CSuretyKernels
import CSuretyOneDNN
import SuretyTensors

extension IntegerConvolution: CodePrimitive {
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel {
        let extents = geometry.extents(image: inputs[0].shape, weights: inputs[1].shape, output: output)
        // oneDNN adds a zero point before it rounds, which is not the definition: signed bytes are written, and moved by 128.
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
