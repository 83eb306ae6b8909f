/// One step of a program: an operation, the memory layouts it works on, and how to bind it to memory.
///
/// A kernel is immutable and shared by all executors of a program.
package protocol Kernel: Sendable {
    /// The layout in which each operand must arrive.
    var inputLayouts: [Layout] { get }

    /// The layout of the result.
    var outputLayout: Layout { get }

    /// Scratch memory needed while running, in bytes.
    var workspaceBytes: Int { get }

    /// The algorithm with which it convolves, if it does.
    var convolution: ConvolutionAlgorithm { get }

    /// An input over which the result is written, if any: the planner gives both the same memory.
    var overwrittenInput: Int? { get }

    /// Whether it does no work: the result is the first input's memory, read with another shape.
    var isAlias: Bool { get }

    /// The step, ready to run on this memory. Running it allocates nothing.
    func bind(_ operands: Operands) throws(GraphError) -> Step
}

extension Kernel {
    /// No scratch memory.
    package var workspaceBytes: Int { 0 }
    /// The one that any backend has.
    package var convolution: ConvolutionAlgorithm { .direct }
    /// The result has memory of its own.
    package var overwrittenInput: Int? { nil }
    /// It computes something.
    package var isAlias: Bool { false }
}

/// The memory a kernel is bound to: 64-byte aligned, and valid for as long as the executor lives.
package struct Operands {
    /// One for each operand, in the layouts that the kernel asked for.
    package let inputs: [UnsafeMutableRawPointer]
    /// Where the result goes, in the kernel's output layout.
    package let output: UnsafeMutableRawPointer
    /// Scratch memory of `workspaceBytes`.
    package let workspace: UnsafeMutableRawPointer

    /// Input `index` as numbers.
    package func floats(_ index: Int) -> UnsafePointer<Float> {
        UnsafePointer(inputs[index].assumingMemoryBound(to: Float.self))
    }

    /// The result as numbers.
    package var result: UnsafeMutablePointer<Float> {
        output.assumingMemoryBound(to: Float.self)
    }

    /// Input `index` as codes, if its layout stores codes.
    package func codes(_ index: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(inputs[index].assumingMemoryBound(to: UInt8.self))
    }

    /// The result as codes.
    package var resultingCodes: UnsafeMutablePointer<UInt8> {
        output.assumingMemoryBound(to: UInt8.self)
    }
}

/// A bound kernel: call it to run.
package typealias Step = () -> Void

/// A kernel written as a plain loop.
struct PlainKernel: Kernel {
    let inputLayouts: [Layout]
    let outputLayout: Layout
    let body: @Sendable (Operands) -> Void

    /// A loop over memory in row-major order.
    init(inputs: [Layout], output: [Int], body: @escaping @Sendable (Operands) -> Void) {
        self.init(inputs: inputs.map { Layout(plain: $0.shape) }, output: Layout(plain: output), body: body)
    }

    /// A loop over memory in these layouts.
    init(inputs: [Layout], output: Layout, body: @escaping @Sendable (Operands) -> Void) {
        inputLayouts = inputs
        outputLayout = output
        self.body = body
    }

    func bind(_ operands: Operands) -> Step {
        { [body] in body(operands) }
    }
}

/// The input's memory, read with another shape.
struct AliasKernel: Kernel {
    let outputLayout: Layout
    let isAlias = true
    var inputLayouts: [Layout] { [outputLayout] }

    init(shape: [Int], of element: Layout.Element) { outputLayout = Layout(plain: shape, of: element) }

    func bind(_ operands: Operands) -> Step { {} }
}
