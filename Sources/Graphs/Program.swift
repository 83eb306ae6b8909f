import Foundation
import SuretyTensors

/// A graph compiled for the shapes of its inputs: the order of its kernels, their memory layouts, one
/// arena for all values between them, and constants packed once.
///
/// Immutable, and shared by any number of executors, each with an arena of its own and used by one
/// thread at a time.
public final class Program: Sendable {
    let backend: any Backend
    let steps: [PlannedStep]
    let inputs: [PlannedValue]
    let outputs: [PlannedValue]
    let offsets: [Int]
    let arenaByteCount: Int
    let workspaceByteCount: Int
    private let constants: [AlignedMemory]

    /// Compiles `outputs` as functions of `inputs`.
    ///
    /// - Parameter optimising: Whether to first rewrite the graph as the backend prefers it; otherwise, each node becomes one
    ///   kernel.
    /// - Parameter backend: What computes it.
    /// - Throws: `GraphError` when the outputs need an input that is not in `inputs`, or a kernel cannot be made for some
    ///   shape, or there is not enough memory for the values in between.
    package init(
        computing outputs: [Node], from inputs: [Node], optimising: Bool, on backend: any Backend
    ) throws(GraphError) {
        let graph = optimising ? try backend.optimised(outputs) : outputs
        self.backend = backend
        var planner = Planner(on: backend)
        try planner.plan(graph, from: inputs)
        steps = planner.steps
        self.inputs = planner.inputs
        self.outputs = planner.outputs
        constants = planner.constants
        let plan = MemoryPlan(planner.blocks)
        offsets = plan.offsets
        arenaByteCount = plan.byteCount
        workspaceByteCount = steps.map(\.kernel.workspaceBytes).max() ?? 0
        guard executorByteCount <= Int(ProcessInfo.processInfo.physicalMemory) else {
            throw GraphError(
                "running needs \(executorByteCount >> 30) GiB of memory, more than this machine has: choose a smaller batch")
        }
    }

    /// How convolutions are computed: by Winograd's algorithm if at least one is.
    public var convolution: ConvolutionAlgorithm { steps.contains { $0.kernel.convolution == .winograd } ? .winograd : .direct }

    /// Memory of one executor in bytes.
    public var executorByteCount: Int { arenaByteCount + workspaceByteCount }

    /// An executor with memory of its own.
    public func makeExecutor() throws(GraphError) -> Executor { try makeExecutor(memoryFilledWith: 0) }

    /// An executor whose memory holds this byte everywhere before the first run: results must not depend on it.
    package func makeExecutor(memoryFilledWith byte: UInt8) throws(GraphError) -> Executor {
        try Executor(self, memoryFilledWith: byte)
    }
}

/// Where a value lives: in a block of the arena, or in a constant's memory.
enum Storage: @unchecked Sendable, Equatable {
    case block(Int)
    case constant(UnsafeMutableRawPointer)
}

struct PlannedValue: Sendable {
    var storage: Storage
    var layout: Layout
    /// The node's shape, which a layout that merges axes may not show.
    var shape: [Int]
}

struct PlannedStep: Sendable {
    let kernel: any Kernel
    let inputs: [Storage]
    let output: Storage
}
