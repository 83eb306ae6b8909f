import SuretyTensors

/// Turns a graph into steps on memory blocks: chooses kernels in topological order, inserts reorders
/// where a kernel wants its input in another layout, and lets reshapes and accumulating kernels share
/// memory with their input.
struct Planner {
    let backend: any Backend
    private(set) var steps: [PlannedStep] = []
    private(set) var inputs: [PlannedValue] = []
    private(set) var outputs: [PlannedValue] = []
    private(set) var constants: [AlignedMemory] = []
    private(set) var blocks: [MemoryPlan.Block] = []

    private var values: [Node: PlannedValue] = [:]
    private var reordered: [Node: [PlannedValue]] = [:]
    /// Uses of a block by nodes still to be planned.
    private var pendingUses: [Int: Int] = [:]
    /// Blocks of inputs and outputs, which keep their content.
    private var kept: Set<Int> = []

    init(on backend: any Backend) { self.backend = backend }

    mutating func plan(_ graph: [Node], from inputNodes: [Node]) throws(GraphError) {
        let order = graph.inTopologicalOrder
        var uses: [Node: Int] = [:]
        for node in order.flatMap(\.inputs) + graph { uses[node, default: 0] += 1 }
        for node in inputNodes {
            guard case .input = node.source, values[node] == nil else {
                throw GraphError("a program's inputs must be input nodes, each given once")
            }
            let value = newValue(Layout(plain: node.shape), shape: node.shape)
            values[node] = value
            keep(value.storage)
            inputs.append(value)
        }
        for node in order {
            switch node.source {
            case .input(let name):
                guard values[node] != nil else { throw GraphError("the program's inputs lack '\(name)', which it needs") }
            case .constant(let tensor): values[node] = store(tensor)
            case .operation(let primitive, let operands): try plan(node, primitive, operands)
            }
            if case .block(let block)? = values[node]?.storage { pendingUses[block, default: 0] += uses[node] ?? 0 }
        }
        for node in graph {
            let value = try value(of: node, in: Layout(plain: node.shape))
            keep(value.storage)
            outputs.append(value)
        }
        // Inputs are written before the first step, outputs read after the last.
        for block in kept { blocks[block].life = 0...max(steps.count, blocks[block].life.upperBound) }
    }

    private mutating func plan(_ node: Node, _ primitive: any Primitive, _ operands: [Node]) throws(GraphError) {
        let available = operands.compactMap { values[$0]?.layout }
        let kernel = try backend.kernel(for: primitive, inputs: available, output: node.shape)
        var arguments: [PlannedValue] = []
        for (operand, layout) in zip(operands, kernel.inputLayouts) {
            arguments.append(try value(of: operand, in: layout))
        }
        for operand in operands { release(operand) }
        if kernel.isAlias {
            values[node] = PlannedValue(storage: arguments[0].storage, layout: kernel.outputLayout, shape: node.shape)
            return
        }
        var result: PlannedValue
        if let index = kernel.overwrittenInput {
            let isReadToo = arguments.filter { $0.storage == arguments[index].storage }.count > 1
            result = try isReadToo ? copy(of: arguments[index]) : overwritable(arguments[index])
            result.layout = kernel.outputLayout
            arguments[index] = result
        } else {
            result = newValue(kernel.outputLayout, shape: node.shape)
        }
        append(PlannedStep(kernel: kernel, inputs: arguments.map(\.storage), output: result.storage))
        values[node] = try withOwnAxes(result)
    }

    /// `value` in a layout of its own shape: grouped weights have an axis more in oneDNN's.
    private mutating func withOwnAxes(_ value: PlannedValue) throws(GraphError) -> PlannedValue {
        if value.layout.shape == value.shape { return value }
        let plain = Layout(plain: value.shape)
        if value.layout.isPlain { return PlannedValue(storage: value.storage, layout: plain, shape: value.shape) }
        let copy = newValue(plain, shape: value.shape)
        try appendReorder(from: value, to: copy)
        return copy
    }

    /// `argument` itself if nothing needs it afterwards, otherwise a copy.
    private mutating func overwritable(_ argument: PlannedValue) throws(GraphError) -> PlannedValue {
        guard case .block(let block) = argument.storage, pendingUses[block, default: 0] == 0, !kept.contains(block) else {
            return try copy(of: argument)
        }
        // The memory may be a reordered copy of this node, or of one that it reshapes: those copies will be overwritten.
        reordered = reordered.mapValues { copies in copies.filter { $0.storage != argument.storage } }
        return argument
    }

    private mutating func copy(of argument: PlannedValue) throws(GraphError) -> PlannedValue {
        let copy = newValue(argument.layout, shape: argument.shape)
        try appendReorder(from: argument, to: copy)
        return copy
    }

    /// The node's value in a layout, reordered once for all nodes that want it.
    private mutating func value(of node: Node, in layout: Layout) throws(GraphError) -> PlannedValue {
        guard let value = values[node] else { throw GraphError("the graph is not in topological order") }
        if value.layout == layout { return value }
        if let known = reordered[node]?.first(where: { $0.layout == layout }) { return known }
        let copy: PlannedValue
        if case .constant(let source) = value.storage {
            let memory = AlignedMemory(byteCount: layout.byteCount)
            constants.append(memory)
            let kernel = try backend.reorder(from: value.layout, to: layout)
            let workspace = AlignedMemory(byteCount: kernel.workspaceBytes)
            try kernel.bind(Operands(inputs: [source], output: memory.start, workspace: workspace.start))()
            copy = PlannedValue(storage: .constant(memory.start), layout: layout, shape: value.shape)
        } else {
            copy = newValue(layout, shape: value.shape)
            try appendReorder(from: value, to: copy)
        }
        reordered[node, default: []].append(copy)
        return copy
    }

    private mutating func appendReorder(from source: PlannedValue, to target: PlannedValue) throws(GraphError) {
        let kernel = try backend.reorder(from: source.layout, to: target.layout)
        append(PlannedStep(kernel: kernel, inputs: [source.storage], output: target.storage))
    }

    private mutating func append(_ step: PlannedStep) {
        for case .block(let block) in step.inputs + [step.output] {
            let life = blocks[block].life
            blocks[block].life = min(life.lowerBound, steps.count)...max(life.upperBound, steps.count)
        }
        steps.append(step)
    }

    private mutating func newValue(_ layout: Layout, shape: [Int]) -> PlannedValue {
        blocks.append(MemoryPlan.Block(byteCount: layout.byteCount, life: steps.count...steps.count))
        return PlannedValue(storage: .block(blocks.count - 1), layout: layout, shape: shape)
    }

    private mutating func store(_ tensor: Tensor) -> PlannedValue {
        let layout = Layout(plain: tensor.shape)
        let memory = AlignedMemory(byteCount: layout.byteCount)
        tensor.values.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { memory.start.copyMemory(from: source, byteCount: bytes.count) }
        }
        constants.append(memory)
        return PlannedValue(storage: .constant(memory.start), layout: layout, shape: tensor.shape)
    }

    private mutating func release(_ node: Node) {
        if case .block(let block)? = values[node]?.storage { pendingUses[block, default: 0] -= 1 }
    }

    private mutating func keep(_ storage: Storage) {
        if case .block(let block) = storage { kept.insert(block) }
    }
}
