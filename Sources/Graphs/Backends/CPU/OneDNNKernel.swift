import CSuretyOneDNN

/// A kernel of oneDNN: it chooses the layouts of its operands itself.
final class OneDNNKernel: Kernel, @unchecked Sendable {
    private let handle: OpaquePointer
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let workspaceBytes: Int
    let overwrittenInput: Int?
    let convolution: ConvolutionAlgorithm

    /// - Parameters:
    ///   - what: The operation and its shapes, for error messages.
    ///   - overwrittenInput: An input beyond oneDNN's own operands over which the result accumulates.
    ///   - convolution: The algorithm with which it convolves, if it does.
    convenience init(
        _ what: @autoclosure () -> String, accumulatingOnto overwrittenInput: Int? = nil,
        convolving convolution: ConvolutionAlgorithm = .direct, _ create: (inout OpaquePointer?) -> surety_dnn_status
    ) throws(GraphError) {
        try self.init(adopting: created(what(), create), accumulatingOnto: overwrittenInput, convolving: convolution)
    }

    /// Takes over a kernel.
    init(
        adopting handle: OpaquePointer, accumulatingOnto overwrittenInput: Int? = nil,
        convolving convolution: ConvolutionAlgorithm = .direct
    ) throws(GraphError) {
        (self.handle, self.convolution) = (handle, convolution)
        var layouts: [Layout] = []
        for operand in 0..<surety_dnn_kernel_operand_count(handle) {
            layouts.append(Layout(adopting: try created("a layout") { surety_dnn_kernel_layout(handle, operand, &$0) }))
        }
        outputLayout = layouts.removeLast()
        if overwrittenInput != nil { layouts.append(outputLayout) }
        inputLayouts = layouts
        workspaceBytes = surety_dnn_kernel_workspace_bytes(handle)
        self.overwrittenInput = overwrittenInput
    }

    deinit { surety_dnn_kernel_free(handle) }

    func bind(_ operands: Operands) throws(GraphError) -> Step {
        let ownInputs = overwrittenInput == nil ? operands.inputs : operands.inputs.dropLast()
        let memory: [UnsafeMutableRawPointer?] = ownInputs + [operands.output]
        let step = BoundStep(
            handle: try created("a step") { surety_dnn_bind(handle, memory, operands.workspace, &$0) }, kernel: self)
        return { step.run() }
    }
}

/// A oneDNN primitive with its memory; keeps its kernel alive.
private final class BoundStep {
    private let handle: OpaquePointer
    private let kernel: OneDNNKernel

    init(handle: OpaquePointer, kernel: OneDNNKernel) {
        self.handle = handle
        self.kernel = kernel
    }

    deinit { surety_dnn_step_free(handle) }

    func run() {
        let status = surety_dnn_run(handle)
        // A compiled primitive bound to valid memory can only fail through a defect in the library.
        precondition(status == 0, "oneDNN failed: \(String(cString: surety_dnn_status_text(status)))")
    }
}

extension Layout {
    /// The kernel that copies memory in this layout into `other`.
    func reorder(to other: Layout, engine: Engine) throws(GraphError) -> any Kernel {
        // A plain layout can be read under any shape: grouped weights, say, have an axis more in oneDNN.
        let source = isPlain && shape != other.shape ? Layout(plain: other.shape, of: element) : self
        let target = other.isPlain && source.shape != other.shape ? Layout(plain: shape, of: other.element) : other
        return try OneDNNKernel("a reorder of \(shape)") { kernel in
            source.withOneDNN { from in target.withOneDNN { surety_dnn_reorder(engine.handle, from, $0, &kernel) } }
        }
    }
}
