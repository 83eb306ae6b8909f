import SuretyTensors

/// A program with memory to run in. Running allocates no memory for values (a library's calls make and
/// free a few small records of their own). For one thread at a time.
public final class Executor {
    /// The compiled graph.
    public let program: Program

    private let arena: AlignedMemory
    private let workspace: AlignedMemory
    private let steps: [Step]

    init(_ program: Program, memoryFilledWith byte: UInt8) throws(GraphError) {
        let arena = AlignedMemory(byteCount: program.arenaByteCount, filledWith: byte)
        let workspace = AlignedMemory(byteCount: program.workspaceByteCount, filledWith: byte)
        var steps: [Step] = []
        for step in program.steps {
            let operands = Operands(
                inputs: step.inputs.map { program.address(of: $0, in: arena) },
                output: program.address(of: step.output, in: arena), workspace: workspace.start)
            steps.append(try step.kernel.bind(operands))
        }
        self.program = program
        self.arena = arena
        self.workspace = workspace
        self.steps = steps
    }

    /// Computes the outputs from what the inputs hold now, on the calling thread only: use one thread and one executor per
    /// processor.
    public func run() {
        program.backend.run(steps)
    }

    /// Input `index`, a row for each element of its first axis: write to it before running.
    public func input(_ index: Int) -> Images { rows(program.inputs[index]) }

    /// Output `index`, a row for each element of its first axis: read it after running, until the executor runs again.
    public func output(_ index: Int) -> Images { rows(program.outputs[index]) }

    private func rows(_ value: PlannedValue) -> Images {
        let start = program.address(of: value.storage, in: arena).assumingMemoryBound(to: Float.self)
        return Images(at: start, count: value.shape.first ?? 1, shape: Array(value.shape.dropFirst()), owner: self)
    }

    /// The outputs for the given inputs.
    ///
    /// - Throws: `GraphError` when the tensors' number or shapes are not those of the program's inputs.
    public func run(_ tensors: [Tensor]) throws(GraphError) -> [Tensor] {
        let shapes = program.inputs.map(\.shape)
        guard tensors.map(\.shape) == shapes else {
            throw GraphError("the program takes inputs of the shapes \(shapes), not \(tensors.map(\.shape))")
        }
        for (index, tensor) in tensors.enumerated() { input(index).elements.set(tensor.values) }
        run()
        return program.outputs.indices.map { Tensor(shape: program.outputs[$0].shape, values: Array(output($0).elements)) }
    }
}

extension Program {
    fileprivate func address(of storage: Storage, in arena: AlignedMemory) -> UnsafeMutableRawPointer {
        switch storage {
        case .block(let block): arena.start + offsets[block]
        case .constant(let memory): memory
        }
    }
}
