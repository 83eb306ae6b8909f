/// An operation on tensors: the shape of its result, its derivative rule and its kernel.
///
/// A primitive is one file in `Primitives/`. The derivative rule builds nodes, so derivatives are
/// graphs and can be differentiated again. Primitives come in families closed under it (sum and
/// broadcast; convolution, its backward-data and its backward-weights), so that a derivative of
/// any order needs no further kernel.
public protocol Primitive: Sendable {
    /// What error messages and listings call the operation.
    var name: String { get }

    /// The shape of the result for inputs of these shapes.
    ///
    /// - Throws: `GraphError` when their number or extents do not suit the operation.
    func shape(of inputs: [[Int]]) throws(GraphError) -> [Int]

    /// The vector-Jacobian product: for the derivative of some scalar with respect to `output`,
    /// its derivatives with respect to the inputs of `output`, `nil` where it does not depend on one.
    func pullback(_ cotangent: Node, of output: Node) throws(GraphError) -> [Node?]

    /// How to compute the result, for inputs that are available in the given layouts.
    ///
    /// - Parameters:
    ///   - inputs: The layout each input has now. A kernel may ask for others; the planner reorders.
    ///   - output: The shape of the result.
    func kernel(for inputs: [Layout], output: [Int], engine: Engine) throws(GraphError) -> any Kernel
}

/// One step of a program: an operation, the memory layouts it works on, and how to bind it to memory.
///
/// A kernel is immutable and shared by all executors of a program.
public protocol Kernel: Sendable {
    /// The layout in which each operand must arrive.
    var inputLayouts: [Layout] { get }

    /// The layout of the result.
    var outputLayout: Layout { get }

    /// Scratch memory needed while running, in bytes.
    var workspaceBytes: Int { get }

    /// An input over which the result is written, if any: the planner gives both the same memory.
    var overwrittenInput: Int? { get }

    /// The step ready to run on this memory. Running it allocates nothing.
    func bind(_ operands: Operands) throws(GraphError) -> Step
}

extension Kernel {
    public var workspaceBytes: Int { 0 }
    public var overwrittenInput: Int? { nil }
}

/// The memory a kernel is bound to: 64-byte aligned, and valid for as long as the executor lives.
public struct Operands {
    public let inputs: [UnsafeMutableRawPointer]
    public let output: UnsafeMutableRawPointer
    public let workspace: UnsafeMutableRawPointer

    /// Input `index` as numbers.
    public func floats(_ index: Int) -> UnsafePointer<Float> {
        UnsafePointer(inputs[index].assumingMemoryBound(to: Float.self))
    }

    /// The result as numbers.
    public var result: UnsafeMutablePointer<Float> {
        output.assumingMemoryBound(to: Float.self)
    }
}

/// A bound kernel: call it to run.
public typealias Step = () -> Void

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
